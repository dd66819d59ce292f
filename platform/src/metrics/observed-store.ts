import { AsyncLocalStorage } from 'node:async_hooks'
import type { Body, ListedObject, ObjectStore, PutOutcome, StoredObject } from '../store/object-store.ts'

export type StoreCallKind =
  | 'get'
  | 'get_if_changed'
  | 'download'
  | 'put_if_absent'
  | 'put_if_match'
  | 'delete'
  | 'list'

export type StoreCalls = Partial<Record<StoreCallKind, number>>

/** Told each call when it has ended. `outcome`: what it resolved to, or `error`. */
export type StoreListener = (kind: StoreCallKind, outcome: string, seconds: number) => void

/** An object store that tells what is asked of it, in all and by one piece of work. */
export class ObservedStore implements ObjectStore {
  readonly #store: ObjectStore
  readonly #listener: StoreListener
  readonly #counted = new AsyncLocalStorage<StoreCalls>()

  constructor(store: ObjectStore, listener: StoreListener = () => {}) {
    this.#store = store
    this.#listener = listener
  }

  /** Counts in `calls` what `work` asks for; a call that pieces of work share counts for the one that made it. */
  count<T>(calls: StoreCalls, work: () => Promise<T>): Promise<T> {
    return this.#counted.run(calls, work)
  }

  get(key: string, signal?: AbortSignal): Promise<StoredObject | null> {
    return this.#call('get', () => this.#store.get(key, signal), foundOrMissing)
  }

  getIfChanged(key: string, etag: string, signal?: AbortSignal): Promise<StoredObject | null | 'unchanged'> {
    return this.#call('get_if_changed', () => this.#store.getIfChanged(key, etag, signal), foundOrMissing)
  }

  download(key: string, file: string, signal?: AbortSignal): Promise<boolean> {
    return this.#call('download', () => this.#store.download(key, file, signal), foundOrMissing)
  }

  putIfAbsent(key: string, body: Body, signal?: AbortSignal): Promise<PutOutcome> {
    const put = (): Promise<PutOutcome> => this.#store.putIfAbsent(key, body, signal)
    return this.#call('put_if_absent', put, ({ outcome }) => outcome)
  }

  putIfMatch(key: string, body: Uint8Array, etag: string, signal?: AbortSignal): Promise<PutOutcome> {
    const put = (): Promise<PutOutcome> => this.#store.putIfMatch(key, body, etag, signal)
    return this.#call('put_if_match', put, ({ outcome }) => outcome)
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return this.#call(
      'delete',
      () => this.#store.delete(key, signal),
      () => 'applied',
    )
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject> {
    const start = performance.now()
    let outcome = 'error'
    try {
      yield* this.#store.list(prefix, signal)
      outcome = 'found'
    } finally {
      this.#tell('list', outcome, start)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]()
  }

  async #call<T>(kind: StoreCallKind, call: () => Promise<T>, outcomeOf: (result: T) => string): Promise<T> {
    const start = performance.now()
    let outcome = 'error'
    try {
      const result = await call()
      outcome = outcomeOf(result)
      return result
    } finally {
      this.#tell(kind, outcome, start)
    }
  }

  #tell(kind: StoreCallKind, outcome: string, start: number): void {
    const calls = this.#counted.getStore()
    if (calls) calls[kind] = (calls[kind] ?? 0) + 1
    this.#listener(kind, outcome, (performance.now() - start) / 1000)
  }
}

function foundOrMissing(result: StoredObject | null | 'unchanged' | boolean): string {
  if (result === 'unchanged') return result
  return result === null || result === false ? 'missing' : 'found'
}
