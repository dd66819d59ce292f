import type { Api } from '../api.ts'
import { RESOURCES, resourceOf } from '../kinds.ts'
import type { Stored } from '../objects.ts'
import type { StoreEvent } from '../store.ts'
import { WorkQueue } from './work-queue.ts'

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

/** Deletes what is left without an owner, and what is in a namespace that goes. */
export class GarbageCollector implements Disposable {
  readonly queue: WorkQueue
  readonly #api: Api

  constructor(api: Api, retryAfter: number) {
    this.#api = api
    this.queue = new WorkQueue((uid) => this.#collect(uid), retryAfter)
  }

  notice({ type, object }: StoreEvent): void {
    const { uid, ownerReferences = [], deletionTimestamp, namespace = '' } = object.metadata
    if (type === 'DELETED') {
      for (const dependent of this.#api.store.ownedBy(uid)) this.queue.add(dependent.metadata.uid)
      for (const owner of ownerReferences) this.queue.add(owner.uid)
      const space = this.#api.store.find('Namespace', null, namespace)
      if (space?.metadata.deletionTimestamp !== undefined) this.queue.add(space.metadata.uid)
    } else if (ownerReferences.length > 0 || deletionTimestamp !== undefined) this.queue.add(uid)
  }

  [Symbol.dispose](): void {
    this.queue[Symbol.dispose]()
  }

  #collect(uid: string): void {
    const object = this.#api.store.byUid(uid)
    if (!object) return
    if (object.kind === 'Namespace' && object.metadata.deletionTimestamp !== undefined) this.#empty(object)
    else if (object.metadata.deletionTimestamp === undefined) this.#collectOrphan(object)
    else if (object.metadata.finalizers?.includes(FOREGROUND) === true) this.#collectBelow(object)
    else if (object.metadata.finalizers?.includes(ORPHAN) === true) this.#letGo(object)
  }

  /** Deletes it when all of its owners are gone. */
  #collectOrphan(object: Stored): void {
    const { ownerReferences = [], uid } = object.metadata
    if (ownerReferences.length === 0) return
    const left = ownerReferences.filter((owner) => this.#api.store.byUid(owner.uid) !== undefined)
    if (left.length === 0) this.#api.delete(addressOf(object), { uid, propagationPolicy: 'Background' })
    else if (left.length < ownerReferences.length) this.#setMetadata(object, { ownerReferences: left })
  }

  #collectBelow(object: Stored): void {
    const dependents = this.#api.store.ownedBy(object.metadata.uid)
    for (const dependent of dependents)
      if (dependent.metadata.deletionTimestamp === undefined)
        this.#api.delete(addressOf(dependent), {
          uid: dependent.metadata.uid,
          propagationPolicy: 'Foreground',
        })
    if (this.#api.store.ownedBy(object.metadata.uid).length === 0) this.#dropFinalizer(object, FOREGROUND)
  }

  #letGo(object: Stored): void {
    for (const dependent of this.#api.store.ownedBy(object.metadata.uid)) {
      const owners = dependent.metadata.ownerReferences ?? []
      this.#setMetadata(dependent, {
        ownerReferences: owners.filter(({ uid }) => uid !== object.metadata.uid),
      })
    }
    this.#dropFinalizer(object, ORPHAN)
  }

  #empty(space: Stored): void {
    const { name } = space.metadata
    const rest = RESOURCES.filter(({ namespaced }) => namespaced).flatMap((one) =>
      this.#api.store.all(one.kind, name),
    )
    for (const object of rest)
      if (object.metadata.deletionTimestamp === undefined) this.#api.delete(addressOf(object))
    const isEmpty = RESOURCES.every(
      (one) => !one.namespaced || this.#api.store.all(one.kind, name).length === 0,
    )
    if (isEmpty) this.#api.finish(resourceOf('Namespace'), space)
  }

  #dropFinalizer(object: Stored, finalizer: string): void {
    const current = this.#api.store.byUid(object.metadata.uid)
    if (!current) return
    const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== finalizer)
    this.#setMetadata(current, { finalizers })
  }

  #setMetadata(object: Stored, change: Partial<Stored['metadata']>): void {
    this.#api.update(addressOf(object), (one) => ({ ...one, metadata: { ...one.metadata, ...change } }))
  }
}

function addressOf(object: Stored): Parameters<Api['get']>[0] {
  const { namespace, name } = object.metadata
  return { resource: resourceOf(object.kind), namespace: namespace ?? null, name }
}
