import { ObjectStoreError } from '../../src/store/object-store.ts'
import type { ObjectStore } from '../../src/store/object-store.ts'

/** A store that takes nothing while it is `broken`: a bucket that cannot be reached. */
export interface BreakableStore extends ObjectStore {
  broken: boolean
}

export function createBreakableStore(inner: ObjectStore): BreakableStore {
  const guard = <A extends unknown[], R>(work: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) => {
    return (...args) =>
      store.broken
        ? Promise.reject(new ObjectStoreError('the bucket cannot be reached'))
        : work.apply(inner, args)
  }
  const store: BreakableStore = {
    broken: false,
    get: guard(inner.get),
    getIfChanged: guard(inner.getIfChanged),
    download: guard(inner.download),
    putIfAbsent: guard(inner.putIfAbsent),
    putIfMatch: guard(inner.putIfMatch),
    delete: guard(inner.delete),
    list: (prefix, signal) => inner.list(prefix, signal),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
  return store
}
