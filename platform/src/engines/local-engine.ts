import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { AppError } from '../errors.ts'
import type { Engine, Observation, Resources, RunnerAddress, WorkspaceSpec } from './engine.ts'
import type { Isolation } from '../protocol.ts'
import { hasEnded, LocalHost } from './local-host.ts'
import type { Place } from './local-host.ts'
import { followLog } from './runner-log.ts'
import { RunnerStatus } from './runner-status.ts'
import type { Machine } from './sandbox/machine.ts'
import { shortLines } from './short-lines.ts'
import { parseJson } from '../parse-json.ts'

/** Milliseconds a runner gets for its last save. */
const STOP_DEADLINE = 40_000
/** A runner ends with this code when its last save is not in the remote: its disk must be kept. */
const NOT_DURABLE = 3
/** Milliseconds after a start: first of all whoever started that one gets the processors. */
const PREPARE_AFTER = 3_000
const RUNNER = fileURLToPath(import.meta.resolve('@codenest/runner/main'))

interface Running {
  place: Place
  /** Where it listens, from its first word on. */
  socket: { path: string; handle: FileHandle | null } | null
  state: 'starting' | 'running' | 'stopping' | 'exited' | 'failed'
  detail: string | null
  stage: Observation['stage']
  session: string
  ready: PromiseWithResolvers<void>
}

export interface LocalEngineOptions {
  /** Holds a link for each workspace that runs. */
  folder: string
  machine: Machine
  /** Unix socket at which the platform answers runners with a network of their own. */
  door: string
  /** Keeps a runner ready for whoever starts next. */
  spare: boolean
  log: Logger
  /** The program that each runner is. */
  program?: string
}

/** Runs each workspace as a process of this machine, as far apart from it as the machine allows. */
export class LocalEngine implements Engine {
  readonly isolation: Isolation
  readonly concurrency = 4
  readonly startDeadline = 120_000
  readonly #host: LocalHost
  readonly #log: Logger
  readonly #keepsSpare: boolean
  readonly #starting = new Map<string, Promise<Running>>()
  readonly #runners = new Map<string, Running>()
  readonly #listeners = new Set<(id: string) => void>()
  /** A runner that is nobody's yet, and holds nothing of anybody: it is told for whom it works when somebody starts. */
  #spare: { place: Promise<Place | null>; resources: Resources } | null = null
  #preparing: NodeJS.Timeout | undefined
  #closed = false

  private constructor(host: LocalHost, { machine, spare, log }: LocalEngineOptions) {
    this.#host = host
    this.isolation = machine.isolation
    this.#keepsSpare = spare
    this.#log = log
  }

  static async open(options: LocalEngineOptions): Promise<LocalEngine> {
    const { folder, machine, door, program = RUNNER } = options
    const host = new LocalHost(folder, machine, program, door)
    await host.collect()
    return new LocalEngine(host, options)
  }

  prepare(resources: Resources): void {
    if (!this.#keepsSpare || this.#closed || this.#spare) return
    const place = this.#host.prepare(resources).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'no runner could be started in advance')
      return null
    })
    this.#spare = { place, resources }
  }

  /** It keeps nothing but workspaces. */
  maintain(): Promise<void> {
    return Promise.resolve()
  }

  async start(spec: WorkspaceSpec, signal: AbortSignal): Promise<void> {
    const id = spec.runner.workspace
    const known = this.#runners.get(id)
    const alive = known?.state === 'starting' || known?.state === 'running'
    const running = alive ? known : await this.#launch(spec)
    const aborted = once(signal, 'abort').then(() => signal.throwIfAborted())
    await Promise.race([running.ready.promise, aborted])
    // Whoever has started one may start another.
    clearTimeout(this.#preparing)
    this.#preparing = setTimeout(() => this.prepare(spec.resources), PREPARE_AFTER).unref()
  }

  /** Nobody but this process can change what it runs. */
  heal(): Promise<void> {
    return Promise.resolve()
  }

  hasDrifted(): boolean {
    return false
  }

  async stop(id: string): Promise<void> {
    await this.#starting.get(id)?.catch(() => {})
    const running = this.#runners.get(id)
    if (!running) return
    const { process: child, exited } = running.place
    if (running.state !== 'exited' && running.state !== 'failed') this.#set(id, running, 'stopping')
    // A runner ends when it is left alone: so it does also when this process is killed.
    child.stdin?.end()
    const ended = await Promise.race([exited.then(() => true), delay(STOP_DEADLINE, false, { ref: false })])
    if (!ended) this.#log.error({ workspace: id }, 'runner did not stop in time and is killed')
    await this.#end(running)
    const { exitCode } = child
    if (exitCode === 0) await this.#host.removeDisk(id)
    else this.#log.error({ workspace: id, exitCode }, 'disk of a runner is kept')
    this.#runners.delete(id)
    this.#notify(id)
    if (exitCode === NOT_DURABLE)
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
    await this.#host.removeDisk(id)
  }

  observe(id: string): Observation {
    const running = this.#runners.get(id)
    if (!running) return { state: 'absent', detail: null, session: null, stage: null }
    const { state, detail, session, stage } = running
    return { state, detail, session, stage }
  }

  list(): Promise<string[]> {
    return this.#host.list()
  }

  address(id: string): RunnerAddress | null {
    const running = this.#runners.get(id)
    const alive = running?.state === 'starting' || running?.state === 'running'
    return alive && running.socket ? { socketPath: running.socket.path } : null
  }

  subscribe(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearTimeout(this.#preparing)
    const spare = await this.#spare?.place
    await Promise.allSettled([
      ...[...this.#runners.keys()].map((id) => this.stop(id)),
      ...(spare ? [this.#host.discard(spare)] : []),
    ])
  }

  #launch(spec: WorkspaceSpec): Promise<Running> {
    const id = spec.runner.workspace
    const launching = this.#starting.get(id) ?? this.#launchNow(spec).finally(() => this.#starting.delete(id))
    this.#starting.set(id, launching)
    return launching
  }

  async #launchNow({ runner: spec, resources }: WorkspaceSpec): Promise<Running> {
    const id = spec.workspace
    const dead = this.#runners.get(id)
    if (dead) await this.#end(dead)
    const place = (await this.#host.reopen(id, resources)) ?? (await this.#take(resources))
    await this.#host.assign(place, id)
    const running: Running = {
      place,
      socket: null,
      state: 'starting',
      detail: null,
      stage: null,
      session: spec.session,
      ready: Promise.withResolvers(),
    }
    running.ready.promise.catch(() => {})
    this.#runners.set(id, running)
    this.#listen(id, running)
    // The pipe stays open: a runner whose platform dies sees it close, and ends.
    place.process.stdin?.write(`${JSON.stringify(this.#host.config(place, spec))}\n`)
    this.#notify(id)
    return running
  }

  /** The spare runner, if it is as large as wanted and well. */
  async #take(resources: Resources): Promise<Place> {
    const spare = this.#spare
    this.#spare = null
    const place = await spare?.place
    const fits = spare && isDeepStrictEqual(spare.resources, resources)
    if (place && fits && !hasEnded(place.process)) return place
    if (place) await this.#host.discard(place)
    return this.#host.prepare(resources)
  }

  #listen(id: string, running: Running): void {
    const { process: child } = running.place
    if (!child.stdout || !child.stderr) throw new Error('a runner has no output')
    void this.#follow(id, running, child.stdout)
    const log = this.#log.child({ workspace: id })
    followLog(child.stderr, log).catch((error: unknown) =>
      log.warn({ err: error }, 'a runner cannot be read'),
    )
    const ended = (code: number | null, signal: string | null): void => {
      if (running.state === 'failed' || running.state === 'stopping') return
      this.#fail(id, running, 'exited', `The runner ended unexpectedly (${signal ?? `exit code ${code}`}).`)
    }
    // One that was started in advance may have ended since it was looked at.
    if (hasEnded(child)) ended(child.exitCode, child.signalCode)
    else child.once('exit', ended)
  }

  /** The stages of a start, as the runner tells them. */
  async #follow(id: string, running: Running, output: Readable): Promise<void> {
    try {
      for await (const line of shortLines(output)) {
        const status = RunnerStatus.safeParse(parseJson(line))
        if (!status.success) continue
        // It says its first word when it listens.
        if (!running.socket) {
          running.socket = await this.#host.openSocket(running.place)
          this.#notify(id)
        }
        const { stage, detail } = status.data
        running.stage = stage
        this.#notify(id)
        if (running.state !== 'starting') continue
        if (stage === 'failed') this.#fail(id, running, 'failed', detail ?? 'The runner could not start.')
        if (stage !== 'ready') continue
        this.#set(id, running, 'running')
        running.ready.resolve()
      }
    } catch (error) {
      this.#log.error({ err: error, workspace: id }, 'the socket of a runner cannot be used')
      this.#fail(id, running, 'failed', 'The runner could not be reached.')
    }
  }

  async #end({ place, socket }: Running): Promise<void> {
    const outOfMemory = await this.#host.release(place)
    if (outOfMemory > 0)
      this.#log.warn({ disk: place.disk.name, outOfMemory }, 'a workspace used up its memory')
    await socket?.handle?.close()
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
