import { AppError } from '../../errors.ts'
import type { Check, HostRepository, PullRequest } from '../../protocol.ts'
import type { CodeHost, Grant, NewPullRequest } from '../code-host.ts'
import { isAlive, toChecks, toPullRequest, toRepository } from './answers.ts'
import { exchangeCode, revokeToken } from './oauth.ts'
import { Requests } from './requests.ts'

export interface GitHubOptions {
  /** Origin of its pages: `https://github.com`. */
  web: string
  /** Base URL of its API: `https://api.github.com`. */
  api: string
  clientId: string
  clientSecret: string
}

/** Repositories of one's own and of others, workflows, and which organizations one is in. */
const SCOPES = 'repo workflow read:org'
const NAME = /^[\w.-]+\/[\w.-]+$/
const PAGE = 100

/** GitHub, or a GitHub Enterprise Server, as an OAuth app. */
export class GitHub implements CodeHost {
  readonly host: string
  readonly #options: GitHubOptions
  readonly #requests: Requests

  constructor(options: GitHubOptions) {
    this.host = new URL(options.web).host
    this.#options = options
    this.#requests = new Requests(options.api, options.web)
  }

  authorizeUrl(redirectUrl: string, state: string, challenge: string): string {
    const query = new URLSearchParams({
      client_id: this.#options.clientId,
      redirect_uri: redirectUrl,
      scope: SCOPES,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    return `${this.#options.web}/login/oauth/authorize?${query}`
  }

  async grant(code: string, redirectUrl: string, verifier: string, signal: AbortSignal): Promise<Grant> {
    const { token, scopes } = await exchangeCode(this.#options, code, redirectUrl, verifier, signal)
    const octokit = await this.#requests.client(token, signal)
    return { login: (await octokit.rest.users.getAuthenticated()).data.login, token, scopes }
  }

  revoke(token: string): Promise<void> {
    return revokeToken(this.#options, token)
  }

  nameOf(url: string): string | null {
    const { web } = this.#options
    const parsed = URL.parse(url)
    if (!parsed || parsed.origin !== new URL(web).origin) return null
    const name = parsed.pathname.slice(1).replace(/\.git$|\/$/, '')
    return isName(name) ? name : null
  }

  urlOf(name: string): string {
    return `${this.#options.web}/${checked(name)}.git`
  }

  async repositories(
    token: string,
    page: number,
    signal: AbortSignal,
  ): Promise<{ repositories: HostRepository[]; next: number | null }> {
    const octokit = await this.#requests.client(token, signal)
    const { data, headers } = await octokit.rest.repos.listForAuthenticatedUser({
      sort: 'pushed',
      per_page: PAGE,
      page,
    })
    // Whether there is more is GitHub's to say; where it is, no answer may decide: the token goes there.
    const hasNext = /rel="next"/.test(headers.link ?? '')
    return { repositories: data.map((each) => this.#show(each)), next: hasNext ? page + 1 : null }
  }

  async repository(token: string, name: string, signal: AbortSignal): Promise<HostRepository> {
    const octokit = await this.#requests.client(token, signal)
    return this.#show((await octokit.rest.repos.get(partsOf(name))).data)
  }

  async create(
    token: string,
    { name, description, private: isPrivate }: { name: string; description: string; private: boolean },
    signal: AbortSignal,
  ): Promise<HostRepository> {
    const octokit = await this.#requests.client(token, signal)
    const wanted = { description, private: isPrivate }
    const [owner, repo] = name.includes('/') ? name.split('/') : [null, name]
    const { data } =
      owner === null || owner === undefined
        ? await octokit.rest.repos.createForAuthenticatedUser({ ...wanted, name: repo ?? '' })
        : await octokit.rest.repos.createInOrg({ ...wanted, org: owner, name: repo ?? '' })
    return this.#show(data)
  }

  async fork(token: string, name: string, signal: AbortSignal): Promise<HostRepository> {
    const octokit = await this.#requests.client(token, signal)
    return this.#show((await octokit.rest.repos.createFork(partsOf(name))).data)
  }

  async branch(token: string, name: string, branch: string, signal: AbortSignal): Promise<string | null> {
    const octokit = await this.#requests.client(token, signal)
    try {
      return (await octokit.rest.repos.getBranch({ ...partsOf(name), branch })).data.commit.sha
    } catch (error) {
      if (error instanceof AppError && error.code === 'code_host_not_found') return null
      throw error
    }
  }

  async pullRequest(
    token: string,
    base: string,
    head: string,
    branch: string,
    signal: AbortSignal,
  ): Promise<PullRequest | null> {
    const octokit = await this.#requests.client(token, signal)
    const { data } = await octokit.rest.pulls.list({
      ...partsOf(base),
      head: `${partsOf(head).owner}:${branch}`,
      state: 'all',
      sort: 'updated',
      direction: 'desc',
      per_page: 1,
    })
    const [newest] = data
    if (!newest) return null
    const checks = isAlive(newest) ? await this.#checks(token, base, newest.head.sha, signal) : []
    return toPullRequest(newest, checks, this.#options.web)
  }

  async openPullRequest(token: string, wanted: NewPullRequest, signal: AbortSignal): Promise<PullRequest> {
    const octokit = await this.#requests.client(token, signal)
    const { base, into, head, branch, title, body, draft } = wanted
    const from = base === head ? branch : `${partsOf(head).owner}:${branch}`
    const { data } = await octokit.rest.pulls.create({
      ...partsOf(base),
      base: into,
      head: from,
      title,
      body,
      draft,
    })
    return toPullRequest(data, [], this.#options.web)
  }

  /** Of both kinds that GitHub has: checks of apps, and statuses that others have set. */
  async #checks(token: string, name: string, commit: string, signal: AbortSignal): Promise<Check[]> {
    const octokit = await this.#requests.client(token, signal)
    const at = { ...partsOf(name), ref: commit, per_page: PAGE }
    const [runs, statuses] = await Promise.all([
      octokit.rest.checks.listForRef({ ...at, filter: 'latest' }),
      octokit.rest.repos.getCombinedStatusForRef(at),
    ])
    return toChecks(runs.data.check_runs, statuses.data.statuses, this.#options.web)
  }

  #show(data: Parameters<typeof toRepository>[0]): HostRepository {
    const repository = toRepository(data)
    return {
      ...repository,
      url: `${this.#options.web}/${repository.name}`,
      cloneUrl: this.urlOf(repository.name),
    }
  }
}

function partsOf(name: string): { owner: string; repo: string } {
  const [owner = '', repo = ''] = checked(name).split('/')
  return { owner, repo }
}

/** A name that could mean another place is none, whoever says it. */
function checked(name: string): string {
  if (isName(name)) return name
  throw new AppError(422, 'code_host_name', 'A repository is named like owner/name.')
}

function isName(name: string): boolean {
  return NAME.test(name) && name.split('/').every((part) => !/^\.{1,2}$/.test(part))
}
