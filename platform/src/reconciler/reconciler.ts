import type { Logger } from 'pino'
import type { Engine } from '../engines/engine.ts'
import { AppError, messageOf } from '../errors.ts'
import type { WorkspaceDocument } from '../fleet/document.ts'
import { FLEET_REPOSITORY } from '../fleet/fleet.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Provisioner } from './provisioner.ts'
import type { Busy, States } from './states.ts'
import { WorkQueue } from './work-queue.ts'

const RESYNC = 60_000

export interface ReconcilerOptions {
  fleet: Fleet
  remotes: Remotes
  engine: Engine
  provisioner: Provisioner
  states: States
  /** False when another process may have begun to do the same: then this one does nothing more. */
  isHeld: () => boolean
  log: Logger
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
  readonly #states: States
  readonly #isHeld: () => boolean
  readonly #log: Logger
  readonly #queue: WorkQueue
  readonly #stopping = new AbortController()
  /** Workspaces that must not be started before this is done; never rejects. */
  readonly #held = new Map<string, Promise<void>>()
  /** Workspaces of which an earlier platform left a disk behind, and nothing that runs. */
  #leftovers = new Set<string>()
  readonly #cleanup = new DisposableStack()
  /** Looks at the fleet that are under way; never rejects. */
  #syncs: Promise<unknown> = Promise.resolve()

  constructor({ fleet, remotes, engine, provisioner, states, isHeld, log }: ReconcilerOptions) {
    this.#fleet = fleet
    this.#remotes = remotes
    this.#engine = engine
    this.#provisioner = provisioner
    this.#states = states
    this.#isHeld = isHeld
    this.#log = log
    this.#queue = new WorkQueue(engine.concurrency, (id) => this.#reconcile(id))
  }

  /** Looks at everything once, then at what changes, and at everything again each minute. */
  async start(): Promise<void> {
    const left = await this.#engine.list()
    this.#leftovers = new Set(left.filter((id) => this.#engine.observe(id).state === 'absent'))
    const known = (await this.#remotes.list(this.#stopping.signal)).filter(isWorkspaceRepository)
    this.#stopping.signal.throwIfAborted()
    this.#cleanup.use(this.#engine.subscribe((id) => this.#engineChanged(id)))
    const look = (work: Promise<unknown>): void => {
      this.#syncs = Promise.all([this.#syncs, work.catch(this.#logSyncFailure)])
    }
    this.#cleanup.use(this.#remotes.subscribe((id) => id === FLEET_REPOSITORY && look(this.#follow())))
    this.#cleanup.use(
      this.#remotes.subscribeElsewhere(
        (change) => (change?.id ?? FLEET_REPOSITORY) === FLEET_REPOSITORY && look(this.#follow()),
      ),
    )
    const timer = setInterval(() => look(this.#sync()), RESYNC)
    this.#cleanup.defer(() => clearInterval(timer))
    const { workspaces } = await this.#fleet.snapshot()
    this.#cleanup.use(
      this.#fleet.subscribe((id) => {
        if (id === null) return look(this.#sync())
        this.#queue.add(id)
        this.#states.changed(id)
      }),
    )
    for (const id of [...known, ...left]) if (!workspaces.has(id)) this.#queue.add(id)
    await this.#sync()
  }

  /** Tries again at once what has failed. */
  retry(id: string): void {
    this.#queue.forgive(id)
    this.#states.succeed(id)
    this.#queue.add(id)
  }

  /** The next start of a workspace also starts what its Run button runs. */
  run(id: string): void {
    this.#provisioner.runAtStart(id)
  }

  /**
   * Does something that needs a workspace to be stopped; a start that is asked for meanwhile waits until it is done.
   * Throws an `AppError` when the workspace is not stopped, or its last run left something that is in no remote yet.
   */
  async whileStopped<T>(id: string, work: () => Promise<T>): Promise<T> {
    const document = (await this.#fleet.snapshot()).workspaces.get(id)
    const left = await this.#engine.list()
    // From here until it is held nothing else has a turn.
    const state = document ? this.#states.status(id, document).state : 'deleting'
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cleanup.dispose()
    this.#stopping.abort()
    await this.#queue.close()
    await this.#syncs
  }

  readonly #logSyncFailure = (error: unknown): void => {
    this.#log.error({ err: error }, 'the fleet could not be read')
  }

  /** The fleet tells which of its documents have changed; what is declared beside them is the engine's. */
  async #follow(): Promise<void> {
    await this.#fleet.snapshot()
    void this.#engine.maintain(this.#stopping.signal)
  }

  /** Queues every workspace that is not at rest; those that are cost a look at what is known here, and no request. */
  async #sync(): Promise<void> {
    const { workspaces } = await this.#fleet.snapshot()
    for (const [id, { spec }] of workspaces)
      if (spec.running || this.#leftovers.has(id) || this.#engine.observe(id).state !== 'absent')
        this.#queue.add(id)
    void this.#engine.maintain(this.#stopping.signal)
  }

  async #reconcile(id: string): Promise<void> {
    if (!this.#isHeld()) return
    try {
      const document = (await this.#fleet.snapshot()).workspaces.get(id)
      if (!document) await this.#during(id, 'deleting', () => this.#delete(id))
      else if (document.spec.running) await this.#run(id, document)
      else await this.#halt(id, document)
      this.#states.succeed(id)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      const code = error instanceof AppError ? error.code : 'internal'
      const message =
        error instanceof AppError ? error.message : 'Something went wrong on the platform. Its log says more.'
      this.#states.fail(id, code, message)
      this.#log.error({ err: error, workspace: id }, 'a workspace could not be brought to its declared state')
      throw error
    }
  }

  async #run(id: string, document: WorkspaceDocument): Promise<void> {
    if (this.#engine.observe(id).state === 'running')
      return this.#engine.heal(id, await this.#provisioner.placement(id, document), this.#stopping.signal)
    // No turn between the last look and the mark that it is starting.
    for (let held = this.#held.get(id); held; held = this.#held.get(id)) await held
    await this.#during(id, 'starting', async () => {
      try {
        const tell = (detail: string): void => this.#states.fetching(id, detail)
        await this.#provisioner.ensureRemote(id, document, tell, this.#stopping.signal)
      } finally {
        this.#states.fetching(id, null)
      }
      const { startDeadline } = this.#engine
      const deadline = AbortSignal.timeout(startDeadline)
      let late: string | null = null
      try {
        const { session } = this.#engine.observe(id)
        const spec = await this.#provisioner.workspaceSpec(id, document, session)
        deadline.addEventListener('abort', () => (late = this.#engine.observe(id).detail))
        await this.#engine.start(spec, AbortSignal.any([deadline, this.#stopping.signal]))
        this.#leftovers.delete(id)
      } catch (error) {
        if (!deadline.aborted) throw error
        const reason = late ?? 'Start it again.'
        await this.#engine.stop(id, this.#stopping.signal)
        throw new AppError(
          503,
          'start_timeout',
          `The workspace was not ready within ${startDeadline / 1000} seconds. ${reason}`,
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

  async #during(id: string, what: Busy, work: () => Promise<void>): Promise<void> {
    this.#states.begin(id, what)
    try {
      await work()
    } finally {
      this.#states.end(id)
    }
  }

  #engineChanged(id: string): void {
    const { state, detail } = this.#engine.observe(id)
    if (this.#engine.hasDrifted(id)) this.#queue.add(id)
    if (state !== 'exited') return
    this.#log.error({ workspace: id, reason: messageOf(detail) }, 'a runner ended')
    this.#queue.add(id)
  }
}

function isWorkspaceRepository(id: string): boolean {
  return id !== FLEET_REPOSITORY && !id.includes('/')
}
