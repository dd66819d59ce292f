import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stockGit, temporaryFolder } from '../shell.ts'
import { serveGit } from '../upstream.ts'
import * as recordings from './recordings.ts'

type Json = Record<string, unknown>

export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export interface AskedRequest {
  method: string
  /** With its query. */
  path: string
  authorization: string | undefined
  status: number
}

interface Repository {
  /** Nobody will ask git for it. */
  isEmpty?: boolean
  private: boolean
  parent: string | null
  mayPush: boolean
}

/** GitHub as it was recorded, at a local address: an API, the pages of OAuth, and stock git for the repositories. */
export interface TestGitHub extends AsyncDisposable {
  origin: string
  /** Settings of a platform that has it for its code host. */
  env: Record<string, string>
  /** Name of the account that everybody connects. */
  login: string
  requests: AskedRequest[]
  /** Tokens that are good. */
  tokens: Set<string>
  pullRequests: Json[]
  /** What is answered in place of what would be. */
  intercept: ((method: string, path: string) => Answer | null) | null
  addRepository(name: string, options?: Partial<Repository>): Promise<string>
  /** Folder of a repository. */
  folderOf(name: string): string
}

export const CLIENT = { id: 'Iv1.0123456789abcdef', secret: 'the-client-secret-of-a-test' }

export async function startGitHub(): Promise<TestGitHub> {
  const folder = await temporaryFolder()
  const repositories = new Map<string, Repository>()
  const codes = new Map<string, { challenge: string; redirect: string }>()
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const login = String(recordings.user['login'])
  const gitHub: TestGitHub = {
    origin,
    env: {
      CODENEST_GITHUB_URL: origin,
      CODENEST_GITHUB_CLIENT_ID: CLIENT.id,
      CODENEST_GITHUB_CLIENT_SECRET: CLIENT.secret,
    },
    login,
    requests: [],
    tokens: new Set(),
    pullRequests: [],
    intercept: null,
    folderOf: (name) => join(folder.path, `${name}.git`),
    async addRepository(name, options = {}) {
      repositories.set(name, { private: false, parent: null, mayPush: true, ...options })
      if (options.isEmpty === true) return `${origin}/${name}.git`
      const path = gitHub.folderOf(name)
      const parent = options.parent ?? null
      if (parent !== null) await stockGit(folder.path, 'clone', '-q', '--bare', gitHub.folderOf(parent), path)
      else await stockGit(folder.path, 'init', '-q', '--bare', '-b', 'main', path)
      await stockGit(path, 'config', 'http.receivepack', 'true')
      return `${origin}/${name}.git`
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await folder[Symbol.asyncDispose]()
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams, search } = new URL(request.url ?? '/', origin)
    const method = request.method ?? 'GET'
    const { authorization } = request.headers
    const asked: AskedRequest = { method, path: pathname + search, authorization, status: 0 }
    gitHub.requests.push(asked)
    response.on('finish', () => (asked.status = response.statusCode))
    try {
      if (/^\/[^/]+\/[^/]+\.git\//.test(pathname)) {
        const secret = Buffer.from((authorization ?? '').split(' ')[1] ?? '', 'base64').toString()
        const isPush = pathname.includes('receive-pack') || search.includes('receive-pack')
        const known = gitHub.tokens.has(secret.replace(/^x-access-token:/, ''))
        const isPrivate = repositories.get(pathname.split('/', 3).join('/').slice(1, -'.git'.length))?.private
        if ((isPush || isPrivate) && !known)
          response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end()
        else await serveGit(folder.path, request, response)
        return
      }
      const content = await text(request)
      if (pathname === '/login/oauth/authorize') return authorize(response, searchParams)
      const answer =
        gitHub.intercept?.(method, pathname + search) ??
        (pathname === '/login/oauth/access_token'
          ? grant(new URLSearchParams(content))
          : await answerApi(method, pathname, searchParams, content, authorization))
      send(request, response, answer)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  }

  /** Written after the documentation: these pages are no API, and nobody has recorded them. */
  function authorize(response: ServerResponse, query: URLSearchParams): void {
    const [redirect, state] = [query.get('redirect_uri') ?? '', query.get('state') ?? '']
    const code = randomBytes(10).toString('hex')
    codes.set(code, { challenge: query.get('code_challenge') ?? '', redirect })
    const page = `<!doctype html><title>Authorize</title><h1>Authorize CodeNest</h1>
      <a id="allow" href="${redirect}?code=${code}&state=${state}">Authorize</a>
      <a id="deny" href="${redirect}?error=access_denied&state=${state}">Cancel</a>`
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  }

  /** Written after the documentation. */
  function grant(form: URLSearchParams): Answer {
    if (form.get('client_secret') !== CLIENT.secret)
      return { status: 200, body: { error: 'incorrect_client_credentials' } }
    const known = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (known?.challenge !== challenge || known.redirect !== form.get('redirect_uri'))
      return {
        status: 200,
        body: { error: 'bad_verification_code', error_description: 'The code is wrong.' },
      }
    const token = `gho_${randomBytes(18).toString('hex')}`
    gitHub.tokens.add(token)
    return {
      status: 200,
      body: { access_token: token, token_type: 'bearer', scope: 'read:org,repo,workflow' },
    }
  }

  async function answerApi(
    method: string,
    pathname: string,
    query: URLSearchParams,
    content: string,
    authorization: string | undefined,
  ): Promise<Answer> {
    const path = pathname.replace('/api/v3', '')
    const body = (content === '' ? {} : JSON.parse(content)) as Json
    if (path === `/applications/${CLIENT.id}/token` && method === 'DELETE')
      return { status: gitHub.tokens.delete(String(body['access_token'])) ? 204 : 422, body: {} }
    const token = (authorization ?? '').split(' ')[1] ?? ''
    // Written after the documentation.
    if (!gitHub.tokens.has(token)) return { status: 401, body: { message: 'Bad credentials', status: '401' } }
    if (path === '/user') return { status: 200, body: recordings.user }
    if (path === '/user/repos') return method === 'POST' ? create(body) : list(query)
    const [, owner = '', repo = '', what = '', rest = ''] =
      /^\/repos\/([^/]+)\/([^/]+)\/?([^/]*)\/?(.*)$/.exec(path) ?? []
    const name = `${owner}/${repo}`
    if (!repositories.has(name)) return { status: 404, body: recordings.notFound.response }
    if (what === '') return { status: 200, body: describe(name) }
    if (what === 'branches') return branch(name, decodeURIComponent(rest))
    if (what === 'forks') return fork(name, repo)
    if (what === 'pulls') return method === 'POST' ? openPull(name, body) : listPulls(name, query)
    if (what === 'commits' && rest.endsWith('/status'))
      return { status: 200, body: recordings.combinedStatus }
    if (what === 'commits' && rest.endsWith('/check-runs'))
      return { status: 200, body: { total_count: 1, check_runs: [recordings.checkRun] } }
    return { status: 404, body: recordings.notFound.response }
  }

  function describe(name: string, from: Json = recordings.getRepository): Json {
    const known = repositories.get(name)
    const renamed = JSON.stringify(from).replaceAll(String(from['full_name']), name)
    return {
      ...(JSON.parse(renamed) as Json),
      full_name: name,
      name: name.split('/')[1],
      private: known?.private ?? false,
      default_branch: 'main',
      permissions: { ...(from['permissions'] as Json), push: known?.mayPush ?? true },
      ...(known?.parent && { fork: true, parent: describe(known.parent) }),
    }
  }

  function list(query: URLSearchParams): Answer {
    const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30)]
    const names = [...repositories.keys()]
    const shown = names.slice((page - 1) * size, page * size)
    const link = recordings.pageLinks
      .replaceAll('https://api.github.com', `${origin}/api/v3`)
      .replaceAll(/per_page=\d+&page=\d+/g, `per_page=${size}&page=${page + 1}`)
    const headers: Record<string, string> = page * size < names.length ? { link } : {}
    return { status: 200, body: shown.map((name) => describe(name)), headers }
  }

  async function create(body: Json): Promise<Answer> {
    const name = `${login}/${String(body['name'])}`
    // The message after the documentation, in the recorded shape.
    const taken = {
      resource: 'Repository',
      code: 'custom',
      field: 'name',
      message: 'name already exists on this account',
    }
    if (repositories.has(name))
      return { status: 422, body: { ...recordings.validationFailed.response, errors: [taken] } }
    await gitHub.addRepository(name, { private: body['private'] === true })
    return { status: 201, body: describe(name, recordings.createdRepository) }
  }

  async function fork(parent: string, repo: string): Promise<Answer> {
    const name = `${login}/${repo}`
    if (!repositories.has(name)) await gitHub.addRepository(name, { parent })
    return { status: 202, body: describe(name, recordings.forkee) }
  }

  async function branch(name: string, branchName: string): Promise<Answer> {
    const ref = `refs/heads/${branchName}`
    const sha = await stockGit(gitHub.folderOf(name), 'rev-parse', '--verify', '-q', ref).catch(() => '')
    if (sha === '') return { status: 404, body: recordings.notFound.response }
    // Written after the documentation.
    return { status: 200, body: { name: branchName, commit: { sha }, protected: false } }
  }

  async function openPull(name: string, body: Json): Promise<Answer> {
    const [owner = '', ref = ''] = String(body['head']).includes(':')
      ? String(body['head']).split(':')
      : [name.split('/')[0], String(body['head'])]
    const head = `${owner}/${name.split('/')[1]}`
    const { body: found } = await branch(head, ref)
    const sha = (found as { commit?: { sha: string } }).commit?.sha
    const number = gitHub.pullRequests.length + 1
    const recorded = recordings.pullRequest
    const pull = {
      ...recorded,
      number,
      title: body['title'],
      body: body['body'],
      draft: body['draft'] === true,
      html_url: `${origin}/${name}/pull/${number}`,
      base: { ...(recorded['base'] as Json), ref: body['base'] },
      head: { ...(recorded['head'] as Json), ref, sha, label: `${owner}:${ref}` },
    }
    gitHub.pullRequests.push(pull)
    return { status: 201, body: pull }
  }

  function listPulls(_name: string, query: URLSearchParams): Answer {
    const of = gitHub.pullRequests.filter(
      ({ head }) => (head as { label: string }).label === query.get('head'),
    )
    return { status: 200, body: of.toReversed().slice(0, Number(query.get('per_page'))) }
  }

  /** Bodies say where they are; as GitHub does it, an ETag that still holds is answered without one. */
  function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
    const written = JSON.stringify(body ?? {})
      .replaceAll('https://api.github.com', `${origin}/api/v3`)
      .replaceAll('https://github.com', origin)
    const etag = `"${createHash('sha256').update(written).digest('hex')}"`
    const all = { ...recordings.apiHeaders, 'content-type': 'application/json; charset=utf-8', ...headers }
    if (status === 200 && request.headers['if-none-match'] === etag)
      response.writeHead(304, { ...all, etag }).end()
    else if (status === 204) response.writeHead(204).end()
    else response.writeHead(status, { ...all, etag }).end(written)
  }

  return gitHub
}
