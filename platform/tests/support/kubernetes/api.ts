import { isDeepStrictEqual } from 'node:util'
import { admitPod, completePod, warningsOf } from './admission.ts'
import { ApiError, forbidden, named, notFound } from './api-error.ts'
import { withDefaults } from './defaults.ts'
import { checkPreconditions, deleteObject } from './deletion.ts'
import type { DeleteRequest } from './deletion.ts'
import { FieldOwnership } from './field-ownership.ts'
import { apiVersionOf, resourceOf } from './kinds.ts'
import type { Resource } from './kinds.ts'
import { asPod, now, qosOf } from './objects.ts'
import type { Json, Stored } from './objects.ts'
import { checkSchema } from './schema.ts'
import { checkChange, checkName } from './validation.ts'
import type { Store } from './store.ts'

export interface Address {
  resource: Resource
  namespace: string | null
  name: string
}

export interface Written {
  object: Stored
  warnings: string[]
  created: boolean
}

export interface WriteOptions {
  /** null: nobody is noted as owner, as the double's own controllers have it. */
  manager: string | null
  dryRun?: boolean
  subresource?: 'status'
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
const INSIDE: WriteOptions = { manager: null }

/** Everything the API server does to objects; HTTP and the controllers are both its users. */
export class Api {
  readonly store: Store
  readonly #ownership = new FieldOwnership()
  #addresses = 0

  constructor(store: Store) {
    this.store = store
  }

  get({ resource, namespace, name }: Address): Stored {
    const found = this.store.get(resource, namespace, name)
    if (!found) throw notFound(resource, name)
    return found
  }

  create(resource: Resource, namespace: string | null, body: Json, options: WriteOptions = INSIDE): Written {
    const object = this.#prepare(resource, namespace, body)
    const { name } = object.metadata
    if (this.store.get(resource, namespace, name))
      throw new ApiError(409, 'AlreadyExists', `${named(resource, name)} already exists`, {
        name,
        kind: resource.plural,
      })
    return this.#insert(
      resource,
      object,
      (made) =>
        options.manager === null ? made : (this.#ownership.update(null, made, options.manager) as Stored),
      options,
    )
  }

  apply(
    address: Address,
    manifest: Stored,
    options: { manager: string; force: boolean; dryRun?: boolean },
  ): Written {
    const { resource, namespace, name } = address
    const before = this.store.get(resource, namespace, name)
    if (manifest.metadata?.managedFields !== undefined)
      throw new ApiError(400, 'BadRequest', 'metadata.managedFields must be nil')
    checkSchema(resource, manifest)
    const { resourceVersion } = manifest.metadata ?? {}
    if (before && resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion)
      throw changed(resource, name)
    if (!before) {
      const object = this.#prepare(resource, namespace, manifest)
      return this.#insert(
        resource,
        object,
        (made) => {
          const owned = this.#ownership.apply({}, manifest, options)
          return {
            ...made,
            metadata: {
              ...made.metadata,
              managedFields: (owned['metadata'] as Stored['metadata']).managedFields,
            },
          }
        },
        options,
      )
    }
    const merged = this.#ownership.apply(before, manifest, options) as Stored
    return this.#save(resource, before, merged, options)
  }

  /** Replaces an object by what `change` makes of it. */
  update(address: Address, change: (current: Stored) => Json, options: WriteOptions = INSIDE): Written {
    const { resource, name } = address
    const before = this.get(address)
    const wanted = change(structuredClone(before)) as Stored
    const { resourceVersion, uid } = wanted.metadata ?? {}
    if (
      resourceVersion !== undefined &&
      resourceVersion !== '' &&
      resourceVersion !== before.metadata.resourceVersion
    )
      throw changed(resource, name)
    if (uid !== undefined && uid !== before.metadata.uid)
      throw new ApiError(
        409,
        'Conflict',
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`,
      )
    const next =
      options.subresource === 'status'
        ? { ...before, status: wanted.status }
        : { ...wanted, ...(resource.status && { status: before.status }) }
    const metadata = options.subresource === 'status' ? before.metadata : wanted.metadata
    const object = { ...next, metadata: { ...metadata } } as Stored
    const owned =
      options.manager === null || options.subresource === 'status'
        ? { ...object, metadata: { ...object.metadata, managedFields: before.metadata.managedFields } }
        : (this.#ownership.update(
            before,
            { ...object, metadata: { ...object.metadata, managedFields: before.metadata.managedFields } },
            options.manager,
          ) as Stored)
    return this.#save(resource, before, owned, options)
  }

  /** What controllers write back; nothing happens when it is the same, or when the object is gone. */
  setStatus(address: Address, change: (current: Stored) => Json): void {
    const before = this.store.get(address.resource, address.namespace, address.name)
    if (!before) return
    const status = { ...before.status, ...change(before) }
    if (!isDeepStrictEqual(status, before.status))
      this.store.replace(address.resource, { ...before, status }, before)
  }

  /** null when it is gone at once. */
  delete(address: Address, request: DeleteRequest = {}, dryRun = false): Stored | null {
    const { resource, name } = address
    const before = this.get(address)
    checkPreconditions(request, before, () => changed(resource, name))
    return dryRun ? before : deleteObject(this.store, resource, before, request)
  }

  /** The end of a graceful deletion, as the kubelet and the namespace controller tell it. */
  finish(resource: Resource, object: Stored): void {
    const current = this.store.get(resource, object.metadata.namespace ?? null, object.metadata.name)
    if (!current || current.metadata.uid !== object.metadata.uid) return
    if ((current.metadata.finalizers?.length ?? 0) === 0) this.store.remove(resource, current)
    else
      this.store.replace(
        resource,
        { ...current, metadata: { ...current.metadata, deletionGracePeriodSeconds: 0 } },
        current,
      )
  }

  randomSuffix(): string {
    return Array.from({ length: 5 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join('')
  }

  #prepare(resource: Resource, namespace: string | null, body: Json): Stored {
    const { apiVersion, kind, metadata } = body as unknown as Stored
    if (kind !== resource.kind || apiVersion !== apiVersionOf(resource))
      throw new ApiError(
        400,
        'BadRequest',
        `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(resource)})`,
      )
    const base = metadata?.generateName
    const name = metadata?.name ?? (base === undefined ? undefined : `${base}${this.randomSuffix()}`)
    checkName(resource, name)
    if (metadata.namespace !== undefined && metadata.namespace !== namespace)
      throw new ApiError(
        400,
        'BadRequest',
        `the namespace of the provided object does not match the namespace sent on the request`,
      )
    if (namespace !== null) this.#checkNamespace(resource, namespace, name)
    const object = structuredClone(body) as unknown as Stored
    object.metadata = { ...object.metadata, name, ...(namespace !== null && { namespace }) }
    return object
  }

  #checkNamespace(resource: Resource, namespace: string, name: string): void {
    const space = this.store.find('Namespace', null, namespace)
    if (!space) throw notFound(resourceOf('Namespace'), namespace)
    if (space.metadata.deletionTimestamp !== undefined)
      throw forbidden(
        resource,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      )
  }

  #insert(
    resource: Resource,
    object: Stored,
    own: (made: Stored) => Stored,
    { dryRun }: { dryRun?: boolean },
  ): Written {
    const {
      resourceVersion: _,
      uid: __,
      managedFields: ___,
      deletionTimestamp: ____,
      ...metadata
    } = object.metadata
    const owned = own({ ...object, metadata: metadata as Stored['metadata'] })
    const made = withDefaults(structuredClone(owned), () => this.#clusterAddress())
    made.metadata.creationTimestamp = now()
    if (resource.generation) made.metadata.generation = 1
    if (resource.status && made.kind !== 'Namespace') made.status = {}
    if (made.kind === 'Pod') {
      completePod(this.store, made)
      made.status = { phase: 'Pending', qosClass: qosOf(asPod(made)) }
    }
    if (made.kind === 'Service' || made.kind === 'Ingress') made.status = { loadBalancer: {} }
    checkChange(resource, null, made)
    if (made.kind === 'Pod') admitPod(this.store, made)
    const warnings = warningsOf(this.store, resource, made)
    const managed = { ...made, metadata: { ...made.metadata, managedFields: owned.metadata.managedFields } }
    return { object: dryRun === true ? managed : this.store.add(resource, managed), warnings, created: true }
  }

  #save(resource: Resource, before: Stored, after: Stored, { dryRun }: { dryRun?: boolean }): Written {
    const { managedFields, ...wanted } = after.metadata
    const {
      uid,
      creationTimestamp,
      resourceVersion,
      generation,
      deletionTimestamp,
      deletionGracePeriodSeconds,
    } = before.metadata
    const fixed = {
      uid,
      creationTimestamp,
      resourceVersion,
      generation,
      deletionTimestamp,
      deletionGracePeriodSeconds,
    }
    const kept = Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined))
    const bare = { ...after, metadata: { ...withoutSystem(wanted), ...kept } } as unknown as Stored
    const object = withDefaults(structuredClone(bare), () => this.#clusterAddress())
    checkChange(resource, before, object)
    if (resource.generation && !isDeepStrictEqual(object.spec, before.spec))
      object.metadata.generation = (generation ?? 0) + 1
    const managed: Stored = {
      ...object,
      metadata: { ...object.metadata, ...(managedFields && { managedFields }) },
    }
    const warnings = warningsOf(this.store, resource, managed)
    if (isDeepStrictEqual(withoutTimes(managed), withoutTimes(before)))
      return { object: before, warnings, created: false }
    if (dryRun === true) return { object: managed, warnings, created: false }
    const isOver =
      managed.metadata.deletionTimestamp !== undefined &&
      (managed.metadata.finalizers?.length ?? 0) === 0 &&
      (managed.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
      resource.kind !== 'Namespace'
    if (isOver) return { object: this.store.remove(resource, managed), warnings, created: false }
    return { object: this.store.replace(resource, managed, before), warnings, created: false }
  }

  #clusterAddress(): string {
    this.#addresses += 1
    return `10.96.${(this.#addresses >> 8) & 255}.${this.#addresses & 255}`
  }
}

function withoutSystem(metadata: Json): Json {
  const {
    uid: _,
    creationTimestamp: __,
    resourceVersion: ___,
    generation: ____,
    deletionTimestamp: _____,
    deletionGracePeriodSeconds: ______,
    ...rest
  } = metadata
  return rest
}

function withoutTimes(object: Stored): Json {
  const managedFields = object.metadata.managedFields?.map((one) => ({ ...one, time: '' }))
  return { ...object, metadata: { ...object.metadata, managedFields } }
}

const changed = (resource: Resource, name: string): ApiError =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${named(resource, name)}: the object has been modified; please apply your changes to the latest version and try again`,
    { name, kind: resource.plural },
  )
