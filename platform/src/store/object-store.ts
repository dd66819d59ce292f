/**
 * What CodeNest asks of a place that keeps bytes: immutable objects and compare-and-swap on small ones.
 * Keys are `/`-separated segments of `[A-Za-z0-9._-]`; etags are opaque and compared only for equality.
 */
export interface ObjectStore extends AsyncDisposable {
  /** null when there is no such object. Reads what was last acknowledged (read-after-write). */
  get(key: string, signal?: AbortSignal): Promise<StoredObject | null>
  /** Like `get`, but `unchanged` without a body when the object still has this etag. */
  getIfChanged(key: string, etag: string, signal?: AbortSignal): Promise<StoredObject | null | 'unchanged'>
  /** Writes an object into a local file that must not exist; false when there is no such object. */
  download(key: string, file: string, signal?: AbortSignal): Promise<boolean>
  /** Applied only when there is no such object. Durable once acknowledged. */
  putIfAbsent(key: string, body: Body, signal?: AbortSignal): Promise<PutOutcome>
  /** Applied only when the object has this etag. Durable once acknowledged. */
  putIfMatch(key: string, body: Uint8Array, etag: string, signal?: AbortSignal): Promise<PutOutcome>
  /** Succeeds also when there is no such object. */
  delete(key: string, signal?: AbortSignal): Promise<void>
  /** All objects below a prefix that ends in `/`, in no particular order. Slow: never on a hot path. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>
}

export interface StoredObject {
  body: Buffer
  etag: string
}

export interface ListedObject {
  key: string
  /** Bytes. */
  size: number
  modified: Date
}

/** Bytes in memory, or a local file that stays unchanged until the put has ended. */
export type Body = Uint8Array | { file: string; size: number }

/**
 * `refused`: the condition did not hold, nothing was written. `unknown`: the answer was lost or ambiguous, the
 * caller has to read before it decides.
 */
export type PutOutcome =
  | { outcome: 'applied'; etag: string }
  | { outcome: 'refused' }
  | { outcome: 'unknown'; cause: unknown }

/** The store did not do its part: unreachable, denied, out of space. */
export class ObjectStoreError extends Error {
  override name = 'ObjectStoreError'
}

const KEY = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/** Throws when a key could mean another file than it says. */
export function assertKey(key: string): void {
  if (!KEY.test(key) || key.length > 900)
    throw new ObjectStoreError(`not a valid object key: ${JSON.stringify(key)}`)
}
