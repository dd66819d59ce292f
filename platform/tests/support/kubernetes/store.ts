import { randomUUID } from 'node:crypto'
import { expired } from './api-error.ts'
import type { Resource } from './kinds.ts'
import { resourceOf } from './kinds.ts'
import type { Stored } from './objects.ts'

export interface StoreEvent {
  version: number
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  resource: Resource
  object: Stored
  /** What it was; null when it is new. */
  before: Stored | null
}

/** Events that are remembered for watches that resume. */
const REMEMBERED = 20_000

/** All objects, their versions, and what happened to them lately. */
export class Store {
  /** Of the latest change to anything. */
  version = 1000
  readonly #objects = new Map<Resource, Map<string, Stored>>()
  readonly #byNamespace = new Map<Resource, Map<string, Map<string, Stored>>>()
  readonly #owned = new Map<string, Map<string, Stored>>()
  readonly #byUid = new Map<string, Stored>()
  readonly #listeners = new Set<(event: StoreEvent) => void>()
  #log: StoreEvent[] = []
  #forgotten = this.version

  get(resource: Resource, namespace: string | null, name: string): Stored | undefined {
    return this.#objects.get(resource)?.get(keyOf(namespace, name))
  }

  find(kind: string, namespace: string | null, name: string): Stored | undefined {
    return this.get(resourceOf(kind), namespace, name)
  }

  byUid(uid: string): Stored | undefined {
    return this.#byUid.get(uid)
  }

  /** In the order of the API server: by namespace and name. */
  list(resource: Resource, namespace: string | null): Stored[] {
    const found =
      namespace === null ? this.#objects.get(resource) : this.#byNamespace.get(resource)?.get(namespace)
    return [...(found?.values() ?? [])].sort(byName)
  }

  all(kind: string, namespace: string | null): Stored[] {
    const resource = resourceOf(kind)
    const found =
      namespace === null ? this.#objects.get(resource) : this.#byNamespace.get(resource)?.get(namespace)
    return [...(found?.values() ?? [])]
  }

  ownedBy(uid: string): Stored[] {
    return [...(this.#owned.get(uid)?.values() ?? [])]
  }

  add(resource: Resource, object: Stored): Stored {
    const uid = randomUUID()
    return this.#write('ADDED', resource, { ...object, metadata: { ...object.metadata, uid } }, null)
  }

  replace(resource: Resource, object: Stored, before: Stored): Stored {
    return this.#write('MODIFIED', resource, object, before)
  }

  remove(resource: Resource, before: Stored): Stored {
    return this.#write('DELETED', resource, before, before)
  }

  /** Called for every change, at once and in order. */
  subscribe(listener: (event: StoreEvent) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  /** What happened after a version; throws 410 when that is no longer remembered. */
  since(version: number): StoreEvent[] {
    if (version < this.#forgotten) throw expired(`too old resource version: ${version} (${this.#forgotten})`)
    const first = this.#log.findIndex((event) => event.version > version)
    return first < 0 ? [] : this.#log.slice(first)
  }

  /** Forgets what happened until now. */
  compact(): void {
    this.#log = []
    this.#forgotten = this.version
  }

  /** A version passes without a change to what anybody looks at. */
  tick(): void {
    this.version += 1
  }

  #write(type: StoreEvent['type'], resource: Resource, changed: Stored, before: Stored | null): Stored {
    this.version += 1
    const { metadata } = changed
    const object = { ...changed, metadata: { ...metadata, resourceVersion: String(this.version) } }
    const key = keyOf(metadata.namespace ?? null, metadata.name)
    const objects = of(this.#objects, resource, () => new Map<string, Stored>())
    const namespaces = of(this.#byNamespace, resource, () => new Map<string, Map<string, Stored>>())
    const siblings = of(namespaces, metadata.namespace ?? '', () => new Map<string, Stored>())
    for (const { uid } of before?.metadata.ownerReferences ?? []) this.#disown(uid, metadata.uid)
    if (type === 'DELETED') {
      objects.delete(key)
      siblings.delete(key)
      this.#byUid.delete(metadata.uid)
    } else {
      objects.set(key, object)
      siblings.set(key, object)
      this.#byUid.set(metadata.uid, object)
      for (const { uid } of metadata.ownerReferences ?? [])
        of(this.#owned, uid, () => new Map<string, Stored>()).set(metadata.uid, object)
    }
    const event: StoreEvent = { version: this.version, type, resource, object, before }
    this.#log.push(event)
    if (this.#log.length > 2 * REMEMBERED) {
      this.#log = this.#log.slice(-REMEMBERED)
      this.#forgotten = (this.#log[0]?.version ?? this.version + 1) - 1
    }
    for (const listener of this.#listeners) listener(event)
    return object
  }

  #disown(owner: string, uid: string): void {
    const owned = this.#owned.get(owner)
    owned?.delete(uid)
    if (owned?.size === 0) this.#owned.delete(owner)
  }
}

function keyOf(namespace: string | null, name: string): string {
  return `${namespace ?? ''}/${name}`
}

function byName(a: Stored, b: Stored): number {
  return (
    order(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || order(a.metadata.name, b.metadata.name)
  )
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function of<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
