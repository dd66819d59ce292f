import { setTimeout as delay } from 'node:timers/promises'
import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import { originOf } from '../fleet/document.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import type { Remotes } from '../git/remotes.ts'
import type {
  HostRepositories,
  HostRepository,
  OpenPullRequest,
  Publication,
  PublishWorkspace,
  PullRequest,
  PullRequestDraft,
  PushBranch,
} from '../protocol.ts'
import type { Workspaces } from '../workspaces/workspaces.ts'
import type { Accounts } from './accounts.ts'
import { awaitCommit } from './await-commit.ts'
import type { CodeHost } from './code-host.ts'
import { commitsOf, countAhead, writeDraft } from './commits.ts'
import { pushBranch } from './push-branch.ts'

/** Pages that are looked through for one answer to a search. */
const PAGES = 3
/** Milliseconds in which a commit that was just made comes to the workspace's remote. */
const A_MOMENT = 4_000
/** Milliseconds between looks at a fork that is being made. */
const FORK_PAUSES = [500, 1000, 2000, 4000, 8000]

export interface PublishingOptions {
  host: CodeHost
  accounts: Accounts
  workspaces: Workspaces
  remotes: Remotes
}

/** What people do with repositories of the code host: find them, publish workspaces there, ask others to take changes. */
export class Publishing {
  readonly #options: PublishingOptions

  constructor(options: PublishingOptions) {
    this.#options = options
  }

  /** Own repositories whose name or description has all words of the query. */
  async search(
    owner: Identity,
    { query, page }: { query: string; page: number },
    signal: AbortSignal,
  ): Promise<HostRepositories> {
    const { host, accounts } = this.#options
    const token = await accounts.tokenOf(owner)
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const fits = ({ name, description }: HostRepository): boolean =>
      words.every((word) => `${name} ${description ?? ''}`.toLowerCase().includes(word))
    let next: number | null = page
    const found: HostRepository[] = []
    for (let looked = 0; next !== null && looked < PAGES && found.length === 0; looked += 1) {
      const answer = await host.repositories(token, next, signal)
      found.push(...answer.repositories.filter(fits))
      next = answer.next
    }
    return { repositories: found, next }
  }

  /** Of a branch that is at `commit` in the clone; null: as the workspace's remote has it. */
  async status(
    owner: Identity,
    id: string,
    { branch, commit }: { branch: string; commit: string | null },
    signal: AbortSignal,
  ): Promise<Publication> {
    const { host, accounts, remotes } = this.#options
    const { repository: name, origin } = await this.#places(owner, id)
    const none = { repository: null, base: null, into: null, pushed: null, ahead: null, pullRequest: null }
    if (name === null) return none
    const token = await accounts.tokenOf(owner)
    const repository = await host.repository(token, name, signal)
    const base = baseOf(repository, origin)
    const [pushed, pullRequest, upstream, local] = await Promise.all([
      host.branch(token, repository.name, branch, signal),
      host.pullRequest(token, base, repository.name, branch, signal),
      base === repository.name ? repository : host.repository(token, base, signal),
      // What has not come there yet cannot be counted, and can be pushed all the same.
      awaitCommit(remotes, id, branch, commit, signal, A_MOMENT).catch((error: unknown) => {
        if (error instanceof AppError) return null
        throw error
      }),
    ])
    const ahead = local && (await countAhead(remotes, id, local.version, local.commit, pushed, signal))
    return { repository, base, into: upstream.defaultBranch, pushed, ahead, pullRequest }
  }

  /** Makes a repository of a workspace, with one branch. Nothing is made when the name is taken. */
  async publish(
    owner: Identity,
    id: string,
    { branch, ...wanted }: PublishWorkspace & { description: string },
    signal: AbortSignal,
  ): Promise<HostRepository> {
    const { host, accounts, workspaces } = this.#options
    const document = await workspaces.document(owner, id)
    const token = await accounts.tokenOf(owner)
    const known = document.spec.published
    if (known !== undefined && host.nameOf(known) !== null)
      throw new AppError(409, 'published_already', `The workspace is published already: ${known}`)
    const repository = await host.create(token, wanted, signal)
    // What was made is known before it is filled: who tries again pushes there, and makes no second one.
    await workspaces.setPublished(owner, id, host.urlOf(repository.name))
    await this.#push(token, id, repository.name, branch, null, signal)
    return repository
  }

  /** Forks the repository that the workspace was opened from; from now on branches are pushed to the fork. */
  async fork(owner: Identity, id: string, signal: AbortSignal): Promise<HostRepository> {
    const { host, accounts, workspaces } = this.#options
    const { origin } = await this.#places(owner, id)
    if (origin === null) throw nowhere(host.host)
    const token = await accounts.tokenOf(owner)
    const fork = await host.fork(token, origin, signal)
    await this.#untilFilled(token, fork, signal)
    await workspaces.setPublished(owner, id, host.urlOf(fork.name))
    return fork
  }

  async push(owner: Identity, id: string, request: PushBranch, signal: AbortSignal): Promise<void> {
    const { host, accounts } = this.#options
    const { repository } = await this.#places(owner, id)
    if (repository === null) throw nowhere(host.host)
    const token = await accounts.tokenOf(owner)
    await this.#push(token, id, repository, request.branch, request.commit, signal)
  }

  /** What the commits of a branch say about it. */
  async draft(
    owner: Identity,
    id: string,
    { branch, into }: { branch: string; into: string },
    signal: AbortSignal,
  ): Promise<PullRequestDraft> {
    const { host, accounts, remotes } = this.#options
    const { repository: name, origin } = await this.#places(owner, id)
    if (name === null) throw nowhere(host.host)
    const token = await accounts.tokenOf(owner)
    const repository = await host.repository(token, name, signal)
    const target = await host.branch(token, baseOf(repository, origin), into, signal)
    return writeDraft(branch, await commitsOf(remotes, id, branch, [target, into], signal))
  }

  /** Opens a pull request for a branch that was pushed. */
  async openPullRequest(
    owner: Identity,
    id: string,
    request: OpenPullRequest & { draft: boolean },
    signal: AbortSignal,
  ): Promise<PullRequest> {
    const { host, accounts } = this.#options
    const { repository: head, origin } = await this.#places(owner, id)
    if (head === null) throw nowhere(host.host)
    const token = await accounts.tokenOf(owner)
    const base = baseOf(await host.repository(token, head, signal), origin)
    return host.openPullRequest(token, { ...request, base, head }, signal)
  }

  /** A fork is made in the background: what is pushed before it is there would be refused. */
  async #untilFilled(token: string, fork: HostRepository, signal: AbortSignal): Promise<void> {
    for (const pause of FORK_PAUSES) {
      const tip = await this.#options.host.branch(token, fork.name, fork.defaultBranch, signal)
      if (tip !== null) return
      await delay(pause, undefined, { signal })
    }
    throw new AppError(
      503,
      'fork_not_ready',
      `The fork ${fork.name} is still being made. Try again in a minute: it is taken then.`,
    )
  }

  async #push(
    token: string,
    id: string,
    repository: string,
    branch: string,
    commit: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const { host, remotes } = this.#options
    const { version, commit: found } = await awaitCommit(remotes, id, branch, commit, signal)
    const url = host.urlOf(repository)
    await pushBranch(remotes, { workspace: id, version, commit: found, branch, url, token }, signal)
  }

  /** `owner/name` of what branches are pushed to, and of what the workspace was opened from. */
  async #places(owner: Identity, id: string): Promise<{ repository: string | null; origin: string | null }> {
    const { host, workspaces } = this.#options
    const document = await workspaces.document(owner, id)
    const origin = host.nameOf(upstreamOf(document) ?? '')
    const { published } = document.spec
    return { repository: (published === undefined ? null : host.nameOf(published)) ?? origin, origin }
  }
}

/** Pull requests of a fork go to what it was forked from; of what was opened, to itself. */
function baseOf(repository: HostRepository, origin: string | null): string {
  return repository.parent ?? origin ?? repository.name
}

function upstreamOf(document: WorkspaceDocument): string | null {
  const origin = originOf(document)
  return 'repository' in origin ? origin.repository : null
}

function nowhere(host: string): AppError {
  return new AppError(
    409,
    'not_published',
    `This workspace has no repository at ${host} yet. Publish it first.`,
  )
}
