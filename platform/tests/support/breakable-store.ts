import { ObjectStoreError } from '../../src/store/object-store.ts'
import type { ObjectStore } from '../../src/store/object-store.ts'

/** A store that takes nothing while it is `broken`: a bucket that cannot be reached. */
export interface BreakableStore extends ObjectStore {
  broken: boolean
}

export function createBreakableStore(inner: ObjectStore): BreakableStore {
  const unlessBroken = <R>(work: () => Promise<R>): Promise<R> =>
    store.broken ? Promise.reject(new ObjectStoreError('the bucket cannot be reached')) : work()
  const store: BreakableStore = {
    broken: false,
    get: (...args) => unlessBroken(() => inner.get(...args)),
    getIfChanged: (...args) => unlessBroken(() => inner.getIfChanged(...args)),
    download: (...args) => unlessBroken(() => inner.download(...args)),
    putIfAbsent: (...args) => unlessBroken(() => inner.putIfAbsent(...args)),
    putIfMatch: (...args) => unlessBroken(() => inner.putIfMatch(...args)),
    delete: (...args) => unlessBroken(() => inner.delete(...args)),
    list: (...args) => inner.list(...args),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
  return store
}
