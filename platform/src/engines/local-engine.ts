import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Logger } from 'pino'
import type { RunnerConfig } from '@codenest/runner/protocol'
import { AppError } from '../errors.ts'
import type { Engine, Observation, RunnerAddress, RunnerSpec } from './engine.ts'
import { workspaceEnv } from './workspace-env.ts'

/** Milliseconds a runner gets for its last save. */
const STOP_DEADLINE = 40_000
/** A runner ends with this code when its last save is not in the remote: its disk must be kept. */
const NOT_DURABLE = 3
const RUNNER = fileURLToPath(import.meta.resolve('@codenest/runner/main'))

const StatusLine = z.object({ stage: z.string(), detail: z.string().nullable() })

interface Running {
  process: ChildProcess
  /** It has said its first word, which it does when it listens. */
  listens: boolean
  state: 'starting' | 'running' | 'stopping' | 'exited' | 'failed'
  detail: string | null
  session: string
  ready: PromiseWithResolvers<void>
  exited: Promise<void>
}

/**
 * Runs each workspace as a process of this machine, on a Unix socket. Not isolated: a workspace can do what the
 * platform's user can.
 */
export class LocalEngine implements Engine {
  readonly isolation = 'none'
  readonly #folder: string
  readonly #log: Logger
  readonly #runner: string
  readonly #runners = new Map<string, Running>()
  readonly #listeners = new Set<(id: string) => void>()

  /** `folder` holds a folder for each workspace that runs; `runner` is the program that each of them is. */
  constructor(folder: string, log: Logger, runner = RUNNER) {
    this.#folder = folder
    this.#log = log
    this.#runner = runner
  }

  async start(spec: RunnerSpec, signal: AbortSignal): Promise<void> {
    const id = spec.workspace
    const known = this.#runners.get(id)
    const running =
      known && (known.state === 'starting' || known.state === 'running') ? known : await this.#spawn(spec)
    const aborted = once(signal, 'abort').then(() => signal.throwIfAborted())
    await Promise.race([running.ready.promise, aborted])
  }

  async stop(id: string): Promise<void> {
    const running = this.#runners.get(id)
    if (!running) return
    if (running.state !== 'exited' && running.state !== 'failed') this.#set(id, running, 'stopping')
    running.process.kill('SIGTERM')
    const ended = await Promise.race([
      running.exited.then(() => true),
      delay(STOP_DEADLINE, false, { ref: false }),
    ])
    if (!ended) {
      this.#log.error({ workspace: id }, 'runner did not stop in time and is killed')
      running.process.kill('SIGKILL')
      await running.exited
    }
    const durable = running.process.exitCode === 0
    if (durable) await rm(this.#root(id), { recursive: true, force: true })
    else this.#log.error({ workspace: id, exitCode: running.process.exitCode }, 'disk of a runner is kept')
    this.#runners.delete(id)
    this.#notify(id)
    if (running.process.exitCode === NOT_DURABLE)
      throw new AppError(
        503,
        'not_durable',
        'The last save has not reached the remote. Its files are kept on this machine; start the workspace to try again.',
      )
  }

  async remove(id: string): Promise<void> {
    await this.stop(id).catch((error: unknown) =>
      this.#log.warn({ err: error, workspace: id }, 'removed all the same'),
    )
    await rm(this.#root(id), { recursive: true, force: true })
  }

  observe(id: string): Observation {
    const running = this.#runners.get(id)
    if (!running) return { state: 'absent', detail: null, session: null }
    const { state, detail, session } = running
    return { state, detail, session }
  }

  async list(): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    return readdir(this.#folder)
  }

  address(id: string): RunnerAddress | null {
    const running = this.#runners.get(id)
    const alive = running?.state === 'starting' || running?.state === 'running'
    return alive && running.listens ? { socketPath: this.#socket(id) } : null
  }

  subscribe(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#runners.keys()].map((id) => this.stop(id)))
  }

  #root(id: string): string {
    return join(this.#folder, id)
  }

  #socket(id: string): string {
    return join(this.#root(id), 'runner.sock')
  }

  async #spawn(spec: RunnerSpec): Promise<Running> {
    const id = spec.workspace
    const root = this.#root(id)
    await mkdir(root, { recursive: true, mode: 0o700 })
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', this.#runner, '-'], {
      cwd: root,
      env: workspaceEnv(process.env, dirname(process.execPath), join(root, 'home')),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const running: Running = {
      process: child,
      listens: false,
      state: 'starting',
      detail: null,
      session: spec.session,
      ready: Promise.withResolvers(),
      exited: once(child, 'close').then(
        () => {},
        () => {},
      ),
    }
    running.ready.promise.catch(() => {})
    this.#runners.set(id, running)
    this.#listen(id, running)
    const config: RunnerConfig = { ...spec, root, listen: { socket: this.#socket(id) } }
    // The pipe stays open: a runner whose platform dies sees it close, and ends.
    child.stdin.on('error', () => {})
    child.stdin.write(`${JSON.stringify(config)}\n`)
    this.#notify(id)
    return running
  }

  #listen(id: string, running: Running): void {
    const { process: child } = running
    if (!child.stdout || !child.stderr) throw new Error('a runner has no output')
    createInterface(child.stdout).on('line', (line) => {
      const status = StatusLine.safeParse(parseJson(line))
      if (!status.success || running.state === 'stopping') return
      const { stage, detail } = status.data
      if (!running.listens) {
        running.listens = true
        this.#notify(id)
      }
      if (stage === 'ready') {
        running.ready.resolve()
        this.#set(id, running, 'running')
      }
      if (stage === 'failed') this.#fail(id, running, 'failed', detail ?? 'The runner could not start.')
    })
    createInterface(child.stderr).on('line', (line) => this.#log.info({ workspace: id, line }, 'runner log'))
    child.once('error', (error) =>
      this.#fail(id, running, 'failed', `The runner could not be started: ${error.message}`),
    )
    child.once('exit', (code, signal) => {
      if (running.state === 'failed' || running.state === 'stopping') return
      this.#fail(id, running, 'exited', `The runner ended unexpectedly (${signal ?? `exit code ${code}`}).`)
    })
  }

  #fail(id: string, running: Running, state: 'exited' | 'failed', detail: string): void {
    running.detail = detail
    running.ready.reject(new AppError(503, 'runner_failed', detail))
    this.#set(id, running, state)
  }

  #set(id: string, running: Running, state: Running['state']): void {
    running.state = state
    this.#notify(id)
  }

  #notify(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
