import type { Logger } from 'pino'
import type { Engine } from '../engines/engine.ts'
import { AppError, messageOf } from '../errors.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import { FLEET_REPOSITORY } from '../fleet/fleet.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Remotes } from '../git/remotes.ts'
import type { StartStage, WorkspaceState } from '../protocol.ts'
import type { Provisioner } from './provisioner.ts'
import { WorkQueue } from './work-queue.ts'

const RESYNC = 60_000
/** Milliseconds from the wish to run to a runner that is ready; a large upstream has a limit of its own. */
const START_DEADLINE = 120_000
const CONCURRENCY = 4

export interface WorkspaceStatus {
  state: WorkspaceState
  reason: { code: string; message: string } | null
}

/**
 * Makes what runs be what is declared. Level-triggered: it looks at the declared and the observed state each time
 * and takes the next step, so a lost trigger costs time and nothing else.
 */
export class Reconciler implements AsyncDisposable {
  readonly #fleet: Fleet
  readonly #remotes: Remotes
  readonly #engine: Engine
  readonly #provisioner: Provisioner
  readonly #log: Logger
  readonly #queue: WorkQueue
  readonly #stopping = new AbortController()
  readonly #failures = new Map<string, { code: string; message: string }>()
  readonly #busy = new Map<string, 'starting' | 'stopping' | 'deleting'>()
  /** Workspaces that must not be started before this is done; never rejects. */
  readonly #held = new Map<string, Promise<void>>()
  /** Workspaces of which an earlier platform left a disk behind. */
  #leftovers = new Set<string>()
  readonly #listeners = new Set<(id: string) => void>()
  readonly #cleanup = new DisposableStack()
  /** Declared at the last look, to see what has gone. */
  #declared = new Set<string>()

  constructor(fleet: Fleet, remotes: Remotes, engine: Engine, provisioner: Provisioner, log: Logger) {
    this.#fleet = fleet
    this.#remotes = remotes
    this.#engine = engine
    this.#provisioner = provisioner
    this.#log = log
    this.#queue = new WorkQueue(CONCURRENCY, (id) => this.#reconcile(id))
  }

  /** Looks at everything once, then at what changes, and at everything again each minute. */
  async start(): Promise<void> {
    this.#leftovers = new Set(await this.#engine.list())
    const known = (await this.#remotes.list(this.#stopping.signal)).filter(isWorkspaceRepository)
    this.#declared = new Set([...known, ...this.#leftovers])
    this.#cleanup.use(this.#engine.subscribe((id) => this.#engineChanged(id)))
    const sync = (): void => void this.#sync().catch(this.#logSyncFailure)
    this.#cleanup.use(this.#remotes.subscribe((id) => id === FLEET_REPOSITORY && sync()))
    const timer = setInterval(sync, RESYNC)
    this.#cleanup.defer(() => clearInterval(timer))
    await this.#sync()
  }

  /** Tries again at once what has failed. */
  retry(id: string): void {
    this.#queue.forgive(id)
    this.#failures.delete(id)
    this.#queue.add(id)
    this.#notify(id)
  }

  status(id: string, document: WorkspaceDocument): WorkspaceStatus {
    const observed = this.#engine.observe(id)
    const busy = this.#busy.get(id)
    const failure = this.#failures.get(id) ?? null
    if (busy === 'deleting') return { state: 'deleting', reason: null }
    if (observed.state === 'stopping' || busy === 'stopping') return { state: 'stopping', reason: null }
    if (document.spec.running && observed.state === 'running') return { state: 'running', reason: null }
    if (failure && busy === undefined) return { state: 'failed', reason: failure }
    if (document.spec.running || busy === 'starting') return { state: 'starting', reason: null }
    return { state: observed.state === 'absent' ? 'stopped' : 'stopping', reason: null }
  }

  /** What is being done for one that starts; null when it does not. */
  stage(id: string, document: WorkspaceDocument): StartStage | null {
    if (this.status(id, document).state !== 'starting') return null
    if (!this.#busy.has(id)) return 'queued'
    const { stage } = this.#engine.observe(id)
    return stage === 'cloning' || stage === 'restoring' ? stage : 'starting'
  }

  /**
   * Does something that needs a workspace to be stopped; a start that is asked for meanwhile waits until it is done.
   * Throws an `AppError` when the workspace is not stopped, or its last run left something that is in no remote yet.
   */
  async whileStopped<T>(id: string, work: () => Promise<T>): Promise<T> {
    const document = (await this.#fleet.snapshot()).workspaces.get(id)
    const left = await this.#engine.list()
    // From here until it is held nothing else has a turn.
    const state = document ? this.status(id, document).state : 'deleting'
    if (state !== 'stopped')
      throw new AppError(
        409,
        'not_stopped',
        `The workspace is ${state}, and this can be done while it is stopped. Stop it first.`,
      )
    if (left.includes(id) || this.#leftovers.has(id))
      throw new AppError(
        409,
        'not_durable',
        'The last run of this workspace left saves on its disk that have not reached the repository. Start the workspace, so that they do.',
      )
    if (this.#held.has(id))
      throw new AppError(409, 'busy', 'The workspace is being changed already. Try again in a moment.')
    const done = Promise.withResolvers<void>()
    this.#held.set(id, done.promise)
    try {
      return await work()
    } finally {
      this.#held.delete(id)
      done.resolve()
    }
  }

  subscribe(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cleanup.dispose()
    this.#stopping.abort()
    await this.#queue.close()
  }

  readonly #logSyncFailure = (error: unknown): void => {
    this.#log.error({ err: error }, 'the fleet could not be read')
  }

  /** Queues every workspace that is or was declared. */
  async #sync(): Promise<void> {
    const { workspaces } = await this.#fleet.snapshot()
    for (const id of new Set([...workspaces.keys(), ...this.#declared])) this.#queue.add(id)
    this.#declared = new Set(workspaces.keys())
  }

  async #reconcile(id: string): Promise<void> {
    try {
      const document = (await this.#fleet.snapshot()).workspaces.get(id)
      if (!document) await this.#during(id, 'deleting', () => this.#delete(id))
      else if (document.spec.running) await this.#run(id, document)
      else await this.#halt(id, document)
      this.#failures.delete(id)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      const code = error instanceof AppError ? error.code : 'internal'
      const message =
        error instanceof AppError ? error.message : 'Something went wrong on the platform. Its log says more.'
      this.#failures.set(id, { code, message })
      this.#log.error({ err: error, workspace: id }, 'a workspace could not be brought to its declared state')
      throw error
    } finally {
      this.#notify(id)
    }
  }

  async #run(id: string, document: WorkspaceDocument): Promise<void> {
    if (this.#engine.observe(id).state === 'running') return
    // No turn between the last look and the mark that it is starting.
    for (let held = this.#held.get(id); held; held = this.#held.get(id)) await held
    await this.#during(id, 'starting', async () => {
      await this.#provisioner.ensureRemote(id, document, this.#stopping.signal)
      const deadline = AbortSignal.timeout(START_DEADLINE)
      try {
        const spec = await this.#provisioner.workspaceSpec(id, document)
        await this.#engine.start(spec, AbortSignal.any([this.#stopping.signal, deadline]))
        this.#leftovers.delete(id)
      } catch (error) {
        if (!deadline.aborted) throw error
        await this.#engine.stop(id, this.#stopping.signal)
        throw new AppError(
          503,
          'start_timeout',
          `The workspace was not ready within ${START_DEADLINE / 1000} seconds. Start it again.`,
        )
      }
    })
  }

  async #halt(id: string, document: WorkspaceDocument): Promise<void> {
    // What a crash left on disk may hold saves that are not in the remote: a last run brings them there.
    if (this.#leftovers.has(id)) await this.#run(id, document)
    if (this.#engine.observe(id).state === 'absent') return
    await this.#during(id, 'stopping', () => this.#engine.stop(id, this.#stopping.signal))
  }

  async #delete(id: string): Promise<void> {
    await this.#engine.remove(id, this.#stopping.signal)
    this.#leftovers.delete(id)
    if (await this.#remotes.exists(id)) await this.#remotes.retire(id, true)
  }

  async #during(
    id: string,
    what: 'starting' | 'stopping' | 'deleting',
    work: () => Promise<void>,
  ): Promise<void> {
    this.#busy.set(id, what)
    this.#notify(id)
    try {
      await work()
    } finally {
      this.#busy.delete(id)
    }
  }

  #engineChanged(id: string): void {
    this.#notify(id)
    const { state, detail } = this.#engine.observe(id)
    if (state !== 'exited') return
    this.#log.error({ workspace: id, reason: messageOf(detail) }, 'a runner ended')
    this.#queue.add(id)
  }

  #notify(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}

function isWorkspaceRepository(id: string): boolean {
  return id !== FLEET_REPOSITORY && !id.includes('/')
}
