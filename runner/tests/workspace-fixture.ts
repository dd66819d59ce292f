import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey } from 'jose'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'

import { collect, git } from '../src/git/spawn.ts'
import type { Hello, PageEvents, Reply, ReplyValues, RequestName, RequestPayload } from '../src/protocol.ts'
import type { RunnerConfig, RunnerEvents, SavesStatus, StageStatus, TerminalReplay } from '../src/protocol.ts'
import { startGitHost } from './git-host.ts'
import type { GitHost } from './git-host.ts'

const MAIN = join(import.meta.dirname, '../dist/main.cjs')
export const ORIGIN = 'http://localhost:4000'
export const WORKSPACE = 'brave-otter'

/** A page that is connected to a runner. */
export interface Page {
  socket: Socket<RunnerEvents, PageEvents>
  hello: Hello
  saves: SavesStatus
  request<N extends RequestName>(name: N, payload: RequestPayload<N>): Promise<Reply<ReplyValues[N]>>
  /** Throws what the runner refuses. */
  ask<N extends RequestName>(name: N, payload: RequestPayload<N>): Promise<ReplyValues[N]>
  save(path: string, content: string, baseVersion?: string | null): Promise<string>
  /** Resolves once the remote has acknowledged everything. */
  durable(): Promise<SavesStatus>
  /** Resolves with the first status that fits. */
  savesBecome(test: (saves: SavesStatus) => boolean): Promise<SavesStatus>
  next<E extends keyof RunnerEvents>(
    event: E,
    test?: (value: Parameters<RunnerEvents[E]>[0]) => boolean,
  ): Promise<Parameters<RunnerEvents[E]>[0]>
}

export interface RunningRunner {
  root: string
  work: string
  socketPath: string
  process: ChildProcess
  stages: StageStatus[]
  connect(): Promise<Page>
  /** Ends it by the signal; resolves to its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface Fixture extends AsyncDisposable {
  folder: string
  host: GitHost
  /** All that a runner needs but where it lives and listens. */
  config(session: string): Omit<RunnerConfig, 'root' | 'listen'>
  /** Starts a runner process; without `root` on a new, empty disk. */
  run(options?: Partial<RunnerConfig>): Promise<RunningRunner>
  token(claims?: { audience?: string; expires?: string; issuer?: string }): Promise<string>
  /** Makes the remote's `main` hold one commit with these files. */
  seed(files: Record<string, string>): Promise<void>
  /** Runs git in the remote repository and returns what it prints. */
  remote(...args: string[]): Promise<string>
}

export async function createFixture(): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'))
  const host = await startGitHost(folder)
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(publicKey)
  const runners: RunningRunner[] = []
  let started = 0

  function createConfig(session: string): Omit<RunnerConfig, 'root' | 'listen'> {
    return {
      workspace: WORKSPACE,
      session,
      remote: {
        url: host.url,
        token: host.token,
        renewUrl: host.renewUrl,
        eventsUrl: host.eventsUrl,
        idleUrl: host.idleUrl,
        expiresAt: Date.now() + 3_600_000,
      },
      upstream: null,
      author: { name: 'Alice', email: 'alice@example.com' },
      ignoredFiles: 'keep',
      tipFirst: false,
      idle: { stopAfter: 30, closedAfter: 10, keepUntil: null },
      run: null,
      runAtStart: false,
      ports: [3000],
      access: { publicKey: { ...jwk }, origin: ORIGIN },
    }
  }

  async function run(options: Partial<RunnerConfig> = {}): Promise<RunningRunner> {
    started += 1
    const root = options.root ?? join(folder, `root-${started}`)
    const socketPath = join(folder, `s${started}`)
    const session = `01J0000000000000000000000${started}`
    const config = { ...createConfig(session), root, listen: { socket: socketPath }, ...options }
    const runner = await startProcess(config, socketPath, () => token(privateKey))
    runners.push(runner)
    return runner
  }

  return {
    folder,
    host,
    config: createConfig,
    run,
    token: (claims) => token(privateKey, claims),
    seed: (files) => seedRemote(folder, host, files),
    remote: async (...args) => (await git(args, { gitDir: host.repository })).stdout.toString('utf8').trim(),
    async [Symbol.asyncDispose]() {
      for (const runner of runners) await runner.stop('SIGKILL')
      await host[Symbol.asyncDispose]()
      // A git that a killed runner had started may still be writing.
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
}

async function seedRemote(folder: string, host: GitHost, files: Record<string, string>): Promise<void> {
  const work = join(folder, 'seed')
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(work, path)), { recursive: true })
    await writeFile(join(work, path), content)
  }
  await shell(
    work,
    `git init -q -b main && git add -Af && git -c user.name=Seed -c user.email=seed@example.com commit -qm Seed && git push -q ${host.repository} main`,
  )
}

/** The output that a replay brings. */
export function textOf({ parts }: Pick<TerminalReplay, 'parts'>): string {
  return parts.map(({ data }) => data).join('')
}

/** Waits for a sweep: what the remote holds passes `check`. */
export async function untilRemote(page: Page, check: () => Promise<boolean>): Promise<void> {
  while (!(await check().catch(() => false))) await page.next('saves.changed')
}

/** Runs a script as a user would in a terminal of `cwd`; returns what it prints. */
export async function shell(cwd: string, script: string): Promise<string> {
  const child = spawn('bash', ['-c', `set -e\n${script}`], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([
    collect(child.stdout),
    once(child, 'close') as Promise<[number | null]>,
  ])
  if (code !== 0) throw new Error(`the script ended with ${code}: ${script}`)
  return output.toString('utf8')
}

function token(
  key: CryptoKey,
  { audience = `runner:${WORKSPACE}`, expires = '5m', issuer = 'codenest' } = {},
): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(expires)
    .sign(key)
}

async function startProcess(
  config: RunnerConfig,
  socketPath: string,
  sign: () => Promise<string>,
): Promise<RunningRunner> {
  const child = spawn(process.execPath, [MAIN, '-'], {
    stdio: ['pipe', 'pipe', process.env['RUNNER_LOG'] ? 'inherit' : 'ignore'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  child.stdin?.write(`${JSON.stringify(config)}\n`)
  const stages: StageStatus[] = []
  const pages: Page[] = []
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const stage = JSON.parse(line) as StageStatus
    stages.push(stage)
    if (stage.stage === 'ready' || stage.stage === 'failed') ready.resolve()
  })
  void exited.then(() => ready.resolve())
  await ready.promise
  return {
    root: config.root,
    work: join(config.root, 'work'),
    socketPath,
    process: child,
    stages,
    async connect() {
      const page = await connectPage(socketPath, await sign())
      pages.push(page)
      return page
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code] = await exited
      for (const page of pages) page.socket.close()
      return code
    },
  }
}

async function connectPage(socketPath: string, token: string): Promise<Page> {
  const socket: Socket<RunnerEvents, PageEvents> = io('ws://localhost', {
    transports: ['websocket'],
    query: { token },
    reconnection: false,
    extraHeaders: { origin: ORIGIN },
    agent: unixAgent(socketPath) as unknown as string,
  })
  const hello = await new Promise<Hello>((resolve, reject) => {
    socket.once('hello', resolve)
    socket.once('connect_error', reject)
  })
  const page: Page = {
    socket,
    hello,
    saves: hello.saves,
    request: (name, payload) =>
      new Promise((resolve) => {
        ;(socket.emit as (...args: unknown[]) => void)(name, payload, resolve)
      }),
    async ask(name, payload) {
      const reply = await page.request(name, payload)
      if (reply.ok) return reply.value
      throw Object.assign(new Error(reply.error.message), { code: reply.error.code })
    },
    async save(path, content, baseVersion = null) {
      const saveId = `save-${Math.random().toString(36).slice(2)}`
      return (await page.ask('saves.save', { saveId, path, content, baseVersion })).version
    },
    durable: () => page.savesBecome((saves) => saves.state === 'durable' && saves.commit !== null),
    async savesBecome(test) {
      if (test(page.saves)) return page.saves
      return page.next('saves.changed', test)
    },
    next: (event, test = () => true) =>
      new Promise((resolve) => {
        const listener = (value: never): void => {
          if (!test(value)) return
          socket.off(event, listener as never)
          resolve(value)
        }
        socket.on(event, listener as never)
      }),
  }
  socket.on('saves.changed', (saves) => {
    page.saves = saves
  })
  return page
}

function unixAgent(socketPath: string): Agent {
  return Object.assign(new Agent(), { createConnection: () => connect(socketPath) })
}
