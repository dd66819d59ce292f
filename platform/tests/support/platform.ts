import { join } from 'node:path'
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
  const overrides = { ...(machine && { machine }), ...options.overrides }
  const platform = stack.use(await Platform.start(config, log, () => {}, overrides))
  const owner = await signIn(platform.launchUrl)
  const cleanup = stack.move()
  return {
    ...owner,
    dataDir,
    launchUrl: () => platform.launchUrl,
    stop: () => platform[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

export async function signIn(launchUrl: string): Promise<Owner> {
  const { origin } = new URL(launchUrl)
  const launch = await fetch(launchUrl, { redirect: 'manual' })
  const [cookie = ''] = (launch.headers.get('set-cookie') ?? '').split(';')

  const api: Owner['api'] = async (method, path, body, headers = {}) => {
    const request = new Request(`${origin}/api/v1${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const sent = { cookie, origin, 'content-type': 'application/json', ...headers }
    for (const [name, value] of Object.entries(sent)) request.headers.set(name, value)
    const response = await fetch(request)
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
  }
  return {
    origin,
    address: origin.replace('localhost', '127.0.0.1'),
    cookie,
    api,
    async gitUrl(repository) {
      const { username, token } = (await api('POST', '/git-tokens')).body as unknown as Record<string, string>
      return `${origin.replace('://', `://${username}:${token}@`)}/git/${repository}.git`
    },
    workspace: async (id) => (await api('GET', `/workspaces/${id}`)).body as unknown as Workspace,
    async until(id, state) {
      const closing = new AbortController()
      const response = await fetch(`${origin}/api/v1/events`, { headers: { cookie }, signal: closing.signal })
      if (!response.body) throw new Error('no events')
      try {
        let seen: Workspace | undefined
        for await (const { event, data } of readEvents(response.body)) {
          const changed: Workspace[] =
            event === 'snapshot' ? data.workspaces : event === 'workspace' ? [data] : []
          seen = changed.find((one) => one.id === id) ?? seen
          if (seen?.state === state) return seen
          if (seen?.state === 'failed') throw new Error(`${id} failed: ${seen.reason?.message}`)
        }
        throw new Error(`${id} was last ${seen?.state}, not ${state}`)
      } finally {
        closing.abort()
      }
    },
  }
}

async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncIterable<{ event: string; data: Workspace & { workspaces: Workspace[] } }> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(text.slice(0, end)) ?? []
      text = text.slice(end + 2)
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) }
    }
  }
}
