import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { toConfig } from '../../src/config/config.ts'
import { readEnv } from '../../src/config/env.ts'
import { bareMachine } from '../../src/engines/sandbox/machine.ts'
import { Platform } from '../../src/platform.ts'
import type { Overrides } from '../../src/platform.ts'
import type { Workspace, WorkspaceState } from '../../src/protocol.ts'
import { temporaryFolder } from './shell.ts'

export interface ApiAnswer {
  status: number
  // What a test expects of a body is said by its assertions.
  body: Record<string, unknown>
}

/** What the owner of a platform does with it, from outside. */
export interface Owner {
  origin: string
  /** The same server by its address: for clients that do not resolve names below localhost. */
  address: string
  cookie: string
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>
  /** Git URL with credentials of the owner. */
  gitUrl(repository: string): Promise<string>
  workspace(id: string): Promise<Workspace>
  /** Resolves when the events of the API show the workspace in this state. */
  until(id: string, state: WorkspaceState): Promise<Workspace>
}

/** A real platform with the embedded defaults, on a free port and in a folder of its own, signed in as its owner. */
export interface TestPlatform extends Owner, AsyncDisposable {
  dataDir: string
  launchUrl(): string
  /** Stops the platform and leaves its folder for another start. */
  stop(): Promise<void>
}

/** However slow the machine is, a repository is here before its workspace. */
const UNHURRIED = { patience: 300_000, headStart: 0 }

export interface StartOptions {
  dataDir?: string
  env?: Record<string, string>
  overrides?: Overrides
  /** Workspaces run without a sandbox, so that a test may change their files in place of a terminal. */
  bare?: boolean
}

export async function startPlatform(options: StartOptions = {}): Promise<TestPlatform> {
  await using stack = new AsyncDisposableStack()
  const dataDir = options.dataDir ?? stack.use(await temporaryFolder()).path
  const config = toConfig(
    readEnv({
      CODENEST_PORT: '0',
      CODENEST_DATA_DIR: dataDir,
      CODENEST_ALLOWED_REPOSITORY_HOSTS: '127.0.0.1',
      // One more process for each start: only who asks for it pays for it.
      CODENEST_SPARE_RUNNER: 'false',
      CODENEST_LOG_LEVEL: process.env['CODENEST_LOG_LEVEL'] ?? 'silent',
      ...options.env,
    }),
  )
  const log = pino({ level: config.logLevel }, process.stderr)
  const machine = options.bare && bareMachine(join(dataDir, 'run'), 'The test changes files from outside.')
  const overrides = { ...(machine && { machine }), upstreams: UNHURRIED, ...options.overrides }
  const platform = stack.use(await Platform.start(config, log, () => {}, overrides))
  // One of several replicas is asked itself, whatever browsers are told.
  const address = config.publicOrigin === null ? undefined : `http://127.0.0.1:${config.port}`
  const owner = await signIn(platform.launchUrl, address)
  const cleanup = stack.move()
  return {
    ...owner,
    dataDir,
    launchUrl: () => platform.launchUrl,
    stop: () => platform[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** Uses a launch link; `address` (`http://…`) when the platform is not where its link says. */
export async function signIn(launchUrl: string, address?: string): Promise<Owner> {
  const { origin, pathname, search } = new URL(launchUrl)
  const base = address ?? origin.replace('localhost', '127.0.0.1')
  const launch = await sendTo(base, origin, 'GET', pathname + search)
  launch.resume()
  const [cookie = ''] = (launch.headers['set-cookie']?.[0] ?? '').split(';')
  return ownerAt(base, origin, cookie)
}

/** Not by `fetch`, for which a name has to lead where it says. */
async function sendTo(
  base: string,
  origin: string,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string | undefined; signal?: AbortSignal } = {},
): Promise<IncomingMessage> {
  const headers = { ...options.headers, host: new URL(origin).host }
  const { signal, body } = options
  const sent = httpRequest(new URL(path, base), { method, headers, ...(signal && { signal }) })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}

/** Somebody who has signed in already, at a platform that is reached at `base` and says that it is `origin`. */
export function ownerAt(base: string, origin: string, cookie: string): Owner {
  const api: Owner['api'] = async (method, path, content, added = {}) => {
    const headers = { cookie, origin, 'content-type': 'application/json', ...added }
    const body = content === undefined || typeof content === 'string' ? content : JSON.stringify(content)
    const response = await sendTo(base, origin, method, `/api/v1${path}`, { headers, body })
    const answer = await text(response)
    return { status: response.statusCode ?? 0, body: answer === '' ? {} : JSON.parse(answer) }
  }
  return {
    origin,
    address: base.replace('localhost', '127.0.0.1'),
    cookie,
    api,
    async gitUrl(repository) {
      const { username, token } = (await api('POST', '/git-tokens')).body as unknown as Record<string, string>
      return `${base.replace('://', `://${username}:${token}@`)}/git/${repository}.git`
    },
    workspace: async (id) => (await api('GET', `/workspaces/${id}`)).body as unknown as Workspace,
    async until(id, state) {
      let seen: Workspace | undefined
      // As a page does: a platform that ends closes its streams, and another one may have taken its place.
      for (;;) {
        const closing = new AbortController()
        const { signal } = closing
        const response = await sendTo(base, origin, 'GET', '/api/v1/events', { headers: { cookie }, signal })
        try {
          if (response.statusCode !== 200) throw new Error(`no events: ${response.statusCode}`)
          for await (const { event, data } of readEvents(response)) {
            const changed: Workspace[] =
              event === 'snapshot' ? data.workspaces : event === 'workspace' ? [data] : []
            seen = changed.find((one) => one.id === id) ?? seen
            if (seen?.state === state) return seen
            if (seen?.state === 'failed') throw new Error(`${id} failed: ${seen.reason?.message}`)
          }
        } finally {
          closing.abort()
        }
      }
    },
  }
}

/** Events of `GET /events`, as they come. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncIterable<{ event: string; data: Workspace & { workspaces: Workspace[] } }> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(rest.slice(0, end)) ?? []
      rest = rest.slice(end + 2)
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) }
    }
  }
}
