import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { ulid } from 'ulid'
import type { Cluster } from '../engines/kubernetes/cluster/cluster.ts'
import { FLEET_REPOSITORY } from '../fleet/fleet.ts'
import type { Remotes } from '../git/remotes.ts'
import type { Provisioner } from '../reconciler/provisioner.ts'
import type { Reconciler } from '../reconciler/reconciler.ts'
import type { States } from '../reconciler/states.ts'
import type { Leadership } from './leadership.ts'
import { StatusBoard } from './status-board.ts'

export const LEASE = 'codenest-leader'

/** Name of this process among the replicas: never that of one before. */
export function replicaName(): string {
  return `${hostname()}_${ulid().toLowerCase()}`
}

export interface ReplicasOptions {
  cluster: Cluster
  /** Of the platform. */
  namespace: string
  replica: string
  /** Where the other replicas reach this one's pages: `http://10.1.2.3:4000`. */
  address: string
  remotes: Remotes
  states: States
  provisioner: Provisioner
  leadership: Leadership
  createReconciler: () => Reconciler
  log: Logger
}

/** This platform among others over the same store: one of them leads, and the others show what it tells. */
export class Replicas implements AsyncDisposable {
  readonly #options: ReplicasOptions
  readonly #closing = new AbortController()
  readonly #board: StatusBoard
  readonly #cleanup = new DisposableStack()
  #candidacy: Promise<void> | null = null
  #boardChanged = Promise.withResolvers<void>()
  #starting = new Set<string>()

  constructor(options: ReplicasOptions) {
    this.#options = options
    const { cluster, namespace, log, remotes, states, leadership } = options
    const { signal } = this.#closing
    this.#board = new StatusBoard({ cluster, namespace, onChange: () => this.#look(), signal, log })
    // The leader tells of the fleet when it has looked at it.
    const look = (id: string): void => {
      if (id === FLEET_REPOSITORY && !leadership.isHeld()) states.changed(null)
    }
    this.#cleanup.use(remotes.subscribe(look))
    this.#cleanup.use(remotes.subscribeElsewhere((change) => look(change?.id ?? FLEET_REPOSITORY)))
  }

  /** Resolves when it knows what the leader tells; from then on it may lead itself. */
  async join(): Promise<void> {
    const { cluster, namespace, replica } = this.#options
    await this.#board.synced
    this.#candidacy = cluster.lease({
      namespace,
      name: LEASE,
      identity: replica,
      onLeading: (signal, { isHeld }) => this.#lead(signal, isHeld),
      signal: this.#closing.signal,
    })
  }

  /** Where another replica leads; null when it is this one. Waits while nobody does, until `signal` aborts. */
  async leaderElsewhere(signal: AbortSignal): Promise<string | null> {
    const { leadership, address } = this.#options
    for (;;) {
      if (leadership.isHeld()) return null
      const leader = this.#board.board?.leader
      if (leader !== undefined && leader !== address) return leader
      await this.changed(signal)
    }
  }

  /** Resolves when the leader has told something, or this replica leads. Rejects when `signal` aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>()
    const abort = (): void => aborted.reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    try {
      signal.throwIfAborted()
      await Promise.race([this.#boardChanged.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cleanup.dispose()
    this.#closing.abort()
    await this.#candidacy
  }

  /** Resolves when nothing of this leadership is under way any more. */
  async #lead(signal: AbortSignal, isHeld: () => boolean): Promise<void> {
    const { leadership, states, createReconciler, address, log } = this.#options
    log.info('this replica leads')
    states.replace([])
    const ending = new AbortController()
    const told = this.#board.keep(address, states, AbortSignal.any([signal, ending.signal]), isHeld)
    const lost = Promise.withResolvers<void>()
    // At once, whatever is under way: another may begin soon.
    const end = (): void => lost.resolve(leadership.end())
    signal.addEventListener('abort', end, { once: true })
    try {
      signal.throwIfAborted()
      const begun = leadership.begin(createReconciler, isHeld)
      this.#tell()
      await begun
      await lost.promise
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', end)
      ending.abort()
      await Promise.all([leadership.end(), signal.aborted && lost.promise, told])
      log.info('this replica leads no more')
      this.#look()
    }
  }

  #look(): void {
    const { leadership, states, provisioner } = this.#options
    const work = this.#board.board?.work ?? []
    if (!leadership.isHeld()) {
      // What is read of a workspace at its start is read again here after it.
      const starting = new Set(work.flatMap(([id, { busy }]) => (busy === 'starting' ? [id] : [])))
      for (const id of [...starting, ...this.#starting])
        if (starting.has(id) !== this.#starting.has(id)) provisioner.forgetLaunchSettings(id)
      this.#starting = starting
      states.replace(work)
    }
    this.#tell()
  }

  #tell(): void {
    this.#boardChanged.resolve()
    this.#boardChanged = Promise.withResolvers()
  }
}
