import { ObjectStoreError } from '../../src/store/object-store.ts'
import type {
  Body,
  ListedObject,
  ObjectStore,
  PutOutcome,
  StoredObject,
} from '../../src/store/object-store.ts'
import type { Random } from './random.ts'
import { NO_ANSWER } from './scheduler.ts'
import type { Steps } from './scheduler.ts'

/** A process of the platform: when it dies, nothing that it asked for is ever answered. */
export interface SimulatedProcess {
  dead: boolean
  /** Rejects when it dies. */
  died: PromiseWithResolvers<never>
}

/** The one that a client talked to has gone: what it asked for may or may not have happened. */
export class ProcessDied extends Error {
  override name = 'ProcessDied'
}

export interface FaultOptions {
  /** Of an operation to fail in one way or another. */
  faults: number
  /** Of an operation to be the last of its process. */
  crashes: number
}

const NEVER = new Promise<never>(() => {})

/**
 * The store as one process sees it on a bad day: slow, unavailable, its answers lost before or after they took effect,
 * conflicts, a retry's 412 for what has landed, and the process's own death between any two steps. Downloads of packs
 * are left alone: they change nothing, and their order depends on the disk.
 */
export class FaultStore implements ObjectStore {
  readonly #inner: ObjectStore
  readonly #process: SimulatedProcess
  readonly #random: Random
  readonly #scheduler: Steps
  readonly #options: FaultOptions

  constructor(
    inner: ObjectStore,
    process: SimulatedProcess,
    random: Random,
    scheduler: Steps,
    options: FaultOptions,
  ) {
    this.#inner = inner
    this.#process = process
    this.#random = random
    this.#scheduler = scheduler
    this.#options = options
  }

  get(key: string): Promise<StoredObject | null> {
    return this.#read(() => this.#inner.get(key))
  }

  getIfChanged(key: string, etag: string): Promise<StoredObject | null | 'unchanged'> {
    return this.#read(() => this.#inner.getIfChanged(key, etag))
  }

  async download(key: string, file: string): Promise<boolean> {
    if (this.#process.dead) throw new ProcessDied('simulated: asked by a dead process')
    return this.#inner.download(key, file)
  }

  putIfAbsent(key: string, body: Body): Promise<PutOutcome> {
    return this.#write(() => this.#inner.putIfAbsent(key, body))
  }

  putIfMatch(key: string, body: Uint8Array, etag: string): Promise<PutOutcome> {
    return this.#write(() => this.#inner.putIfMatch(key, body, etag))
  }

  delete(key: string): Promise<void> {
    return this.#read(() => this.#inner.delete(key))
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    yield* await this.#read(() => Array.fromAsync(this.#inner.list(prefix)))
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #read<T>(work: () => Promise<T>): Promise<T> {
    return this.#step(async () => {
      if (this.#random.chance(this.#options.faults)) throw new ObjectStoreError('simulated: 503')
      return work()
    })
  }

  #write(work: () => Promise<PutOutcome>): Promise<PutOutcome> {
    return this.#step(async () => {
      if (!this.#random.chance(this.#options.faults)) return work()
      const lost: PutOutcome = { outcome: 'unknown', cause: new Error('simulated') }
      // Not applied: the request was lost, 409, 503. Applied: the answer was lost, or a retry met its own success.
      const kind = this.#random.below(3)
      if (kind === 0) return lost
      const applied = await work()
      return kind === 1 || applied.outcome !== 'applied' ? lost : { outcome: 'refused' }
    })
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    if (this.#process.dead) return NEVER
    return this.#scheduler.step(async () => {
      if (this.#process.dead) return NO_ANSWER
      const dies = this.#random.chance(this.#options.crashes)
      const afterwards = dies && this.#random.chance(0.5)
      if (dies && !afterwards) return this.#die()
      const result = await work()
      return afterwards ? this.#die() : result
    })
  }

  #die(): typeof NO_ANSWER {
    this.#process.dead = true
    this.#process.died.reject(new ProcessDied('simulated: the process died'))
    return NO_ANSWER
  }
}
