import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { resourceOf } from '../kinds.ts'
import { asPod, asWorkload, controllerOf, isActive, isReady, some, withCondition } from '../objects.ts'
import type { Condition, Pod, Stored } from '../objects.ts'
import { matchesLabels } from '../selectors.ts'
import type { StoreEvent } from '../store.ts'
import type { EventRecorder } from './events.ts'
import { WorkQueue } from './work-queue.ts'

const REPLICA_SET = resourceOf('ReplicaSet')
const POD = resourceOf('Pod')

/** ReplicaSet → Pod; takes up pods that its selector matches and nobody has, and lets go of those that it no longer matches. */
export class ReplicaSets implements Disposable {
  readonly queue: WorkQueue
  readonly #api: Api
  readonly #events: EventRecorder
  /** Pods without a controller, by the set that may take them. */
  readonly #orphans = new Map<string, Set<string>>()

  constructor(api: Api, events: EventRecorder, retryAfter: number) {
    this.#api = api
    this.#events = events
    this.queue = new WorkQueue((key) => this.#reconcile(key), retryAfter)
  }

  notice({ type, resource, object, before }: StoreEvent): void {
    const { namespace, name } = object.metadata
    if (resource === REPLICA_SET) this.queue.add(`${namespace}/${name}`)
    if (resource !== POD) return
    for (const owner of [controllerOf(object), before && controllerOf(before)])
      if (owner?.kind === 'ReplicaSet') this.queue.add(`${namespace}/${owner.name}`)
    if (type !== 'DELETED' && !controllerOf(object)) this.#noticeOrphan(object)
  }

  [Symbol.dispose](): void {
    this.queue[Symbol.dispose]()
  }

  #noticeOrphan(pod: Stored): void {
    const { namespace = '', name } = pod.metadata
    for (const set of this.#api.store.all('ReplicaSet', namespace)) {
      if (!matchesLabels(asWorkload(set).spec.selector.matchLabels, pod)) continue
      const key = `${namespace}/${set.metadata.name}`
      this.#orphans.set(key, (this.#orphans.get(key) ?? new Set()).add(name))
      this.queue.add(key)
    }
  }

  #reconcile(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const found = this.#api.store.find('ReplicaSet', namespace, name)
    if (!found || found.metadata.deletionTimestamp !== undefined) return
    const { spec } = asWorkload(found)
    this.#adopt(found, key)
    for (const pod of this.#podsOf(found))
      if (!matchesLabels(spec.selector.matchLabels, pod) && isActive(pod)) this.#release(found, pod)
    const active = this.#podsOf(found).filter(isActive)
    let failure: ApiError | null = null
    try {
      for (let missing = spec.replicas - active.length; missing > 0; missing -= 1) this.#make(found)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      failure = error
    }
    const ranked = active.sort((a, b) => Number(isReady(a)) - Number(isReady(b)))
    for (const pod of ranked.slice(0, Math.max(0, active.length - spec.replicas))) {
      this.#api.delete({ resource: POD, namespace, name: pod.metadata.name }, { uid: pod.metadata.uid })
      this.#say(found, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
    }
    this.#tell(found, failure)
    if (!failure) return
    const about = { type: 'Warning', reason: 'FailedCreate', component: 'replicaset-controller' } as const
    this.#events.record(found, { ...about, message: `Error creating: ${failure.message}` })
    throw failure
  }

  #make(set: Stored): void {
    const { namespace = '', name, uid } = set.metadata
    const { template } = asWorkload(set).spec
    const { object } = this.#api.create(POD, namespace, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...template.metadata,
        generateName: `${name}-`,
        namespace,
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name,
            uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: template.spec,
    })
    this.#say(set, 'SuccessfulCreate', `Created pod: ${object.metadata.name}`)
  }

  #adopt(set: Stored, key: string): void {
    const { namespace = '', name, uid } = set.metadata
    for (const orphan of this.#orphans.get(key) ?? []) {
      const pod = this.#api.store.find('Pod', namespace, orphan)
      if (!pod || controllerOf(pod) || !isActive(asPod(pod))) continue
      if (!matchesLabels(asWorkload(set).spec.selector.matchLabels, pod)) continue
      const own = {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name,
        uid,
        controller: true,
        blockOwnerDeletion: true,
      }
      this.#setOwners(pod, [...(pod.metadata.ownerReferences ?? []), own])
    }
    this.#orphans.delete(key)
  }

  #release(set: Stored, pod: Pod): void {
    const others = (pod.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== set.metadata.uid)
    this.#setOwners(pod as unknown as Stored, others)
  }

  #setOwners(pod: Stored, ownerReferences: Stored['metadata']['ownerReferences']): void {
    const { namespace = '', name } = pod.metadata
    this.#api.update({ resource: POD, namespace, name }, (one) => ({
      ...one,
      metadata: { ...one.metadata, ownerReferences },
    }))
  }

  #tell(set: Stored, failure: ApiError | null): void {
    const { namespace = '', name, generation = 1 } = set.metadata
    const pods = this.#podsOf(set)
    const active = pods.filter(isActive)
    const terminating = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length
    const ready = active.filter(isReady).length
    this.#api.setStatus({ resource: REPLICA_SET, namespace, name }, ({ status }) => {
      const before = (status?.['conditions'] ?? []) as Condition[]
      const others = before.filter(({ type }) => type !== 'ReplicaFailure')
      const failing = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' } as const
      const conditions = failure ? withCondition(before, { ...failing, message: failure.message }) : others
      return {
        observedGeneration: generation,
        replicas: active.length,
        fullyLabeledReplicas: some(active.length),
        readyReplicas: some(ready),
        availableReplicas: some(ready),
        terminatingReplicas: terminating,
        conditions: conditions.length > 0 ? conditions : undefined,
      }
    })
  }

  #say(set: Stored, reason: string, message: string): void {
    this.#events.record(set, { type: 'Normal', reason, message, component: 'replicaset-controller' })
  }

  #podsOf(set: Stored): Pod[] {
    const owned = this.#api.store.ownedBy(set.metadata.uid)
    return owned.filter((one) => one.kind === 'Pod' && controllerOf(one)?.uid === set.metadata.uid).map(asPod)
  }
}
