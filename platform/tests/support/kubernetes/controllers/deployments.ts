import { createHash } from 'node:crypto'
import type { Api } from '../api.ts'
import { resourceOf } from '../kinds.ts'
import { asPod, asWorkload, controllerOf, some, withCondition } from '../objects.ts'
import type { Condition, Stored, Workload } from '../objects.ts'
import type { StoreEvent } from '../store.ts'
import type { EventRecorder } from './events.ts'
import { WorkQueue } from './work-queue.ts'

const HASH = 'pod-template-hash'
const REVISION = 'deployment.kubernetes.io/revision'
const REPLICA_SET = resourceOf('ReplicaSet')
const DEPLOYMENT = resourceOf('Deployment')

/** Deployment → ReplicaSet. With `Recreate` the old pods are gone before a new one is made; else it is made first. */
export class Deployments implements Disposable {
  readonly queue: WorkQueue
  readonly #api: Api
  readonly #events: EventRecorder
  /** Since when a generation has been on its way, by uid. */
  readonly #since = new Map<string, { generation: number; at: number }>()

  constructor(api: Api, events: EventRecorder, retryAfter: number) {
    this.#api = api
    this.#events = events
    this.queue = new WorkQueue((key) => this.#reconcile(key), retryAfter)
  }

  notice({ resource, object }: StoreEvent): void {
    const { namespace, name } = object.metadata
    if (resource === DEPLOYMENT) this.queue.add(`${namespace}/${name}`)
    const owner = controllerOf(object)
    if (resource === REPLICA_SET && owner?.kind === 'Deployment') this.queue.add(`${namespace}/${owner.name}`)
    if (resource.kind !== 'Pod' || owner?.kind !== 'ReplicaSet') return
    const set = this.#api.store.byUid(owner.uid)
    const above = set && controllerOf(set)
    if (above) this.queue.add(`${namespace}/${above.name}`)
  }

  [Symbol.dispose](): void {
    this.queue[Symbol.dispose]()
  }

  #reconcile(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const found = this.#api.store.find('Deployment', namespace, name)
    if (!found || found.metadata.deletionTimestamp !== undefined) return
    const deployment = asWorkload(found)
    const sets = this.#api.store
      .ownedBy(found.metadata.uid)
      .filter((one) => one.kind === 'ReplicaSet' && one.metadata.deletionTimestamp === undefined)
    const hash = createHash('sha256')
      .update(JSON.stringify(deployment.spec.template))
      .digest('hex')
      .slice(0, 10)
    const current = sets.find(({ metadata }) => metadata.labels?.[HASH] === hash)
    const old = sets.filter((set) => set !== current)
    this.#roll(deployment, current, old, hash)
    this.#forget(old)
    this.#tell(found, hash)
  }

  #roll(deployment: Workload, current: Stored | undefined, old: Stored[], hash: string): void {
    const { replicas, strategy } = deployment.spec
    const isReady = current !== undefined && readyIn(current) >= replicas
    const isFirst = strategy?.type === 'Recreate'
    if (isFirst || isReady) for (const set of old) this.#scale(deployment, set, 0)
    const isOldThere = old.some((set) =>
      this.#podsOf(set).some(({ status }) => status.phase !== 'Failed' && status.phase !== 'Succeeded'),
    )
    if (isFirst && isOldThere) return
    if (current) this.#scale(deployment, current, replicas)
    else this.#make(deployment, hash)
  }

  #scale(deployment: Workload, set: Stored, replicas: number): void {
    const { namespace = '', name } = set.metadata
    if (set.spec?.['replicas'] === replicas) return
    this.#api.update({ resource: REPLICA_SET, namespace, name }, (one) => ({
      ...one,
      spec: { ...one.spec, replicas },
    }))
    const before = Number(set.spec?.['replicas'] ?? 0)
    this.#say(
      deployment,
      `Scaled ${replicas < before ? 'down' : 'up'} replica set ${name} from ${before} to ${replicas}`,
    )
  }

  #make(deployment: Workload, hash: string): void {
    const { metadata, spec } = deployment
    const { namespace = '', name, uid } = metadata
    const labels = { ...spec.template.metadata?.labels, [HASH]: hash }
    const revision = String(Number(metadata.annotations?.[REVISION] ?? 0) + 1)
    this.#api.create(REPLICA_SET, namespace, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        annotations: { [REVISION]: revision },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name,
            uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        replicas: spec.replicas,
        selector: { matchLabels: { ...spec.selector.matchLabels, [HASH]: hash } },
        template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
      },
    })
    this.#api.update({ resource: DEPLOYMENT, namespace, name }, (one) => ({
      ...one,
      metadata: { ...one.metadata, annotations: { ...one.metadata.annotations, [REVISION]: revision } },
    }))
    if (spec.replicas > 0)
      this.#say(deployment, `Scaled up replica set ${name}-${hash} from 0 to ${spec.replicas}`)
  }

  #forget(old: Stored[]): void {
    for (const set of old) {
      const { namespace = '', name, uid, ownerReferences } = set.metadata
      const owner = ownerReferences?.[0] && this.#api.store.byUid(ownerReferences[0].uid)
      const limit = Number(owner?.spec?.['revisionHistoryLimit'] ?? 10)
      const isEmpty = set.spec?.['replicas'] === 0 && this.#podsOf(set).length === 0
      if (isEmpty && old.length > limit) this.#api.delete({ resource: REPLICA_SET, namespace, name }, { uid })
    }
  }

  #tell(found: Stored, hash: string): void {
    const { namespace = '', name, uid, generation = 1 } = found.metadata
    const { spec } = asWorkload(found)
    const sets = this.#api.store.ownedBy(uid).filter(({ kind }) => kind === 'ReplicaSet')
    const count = (field: string, among: Stored[]): number =>
      among.reduce((total, { status }) => total + Number(status?.[field] ?? 0), 0)
    const current = sets.filter(({ metadata }) => metadata.labels?.[HASH] === hash)
    const replicas = count('replicas', sets)
    const ready = count('readyReplicas', sets)
    const updated = count('replicas', current)
    const isComplete = updated === spec.replicas && ready === spec.replicas && replicas === spec.replicas
    const isLate = this.#isLate(found, isComplete)
    const failure = current
      .flatMap(({ status }) => (status?.['conditions'] ?? []) as Condition[])
      .find(({ type }) => type === 'ReplicaFailure')
    const set = current[0]?.metadata.name ?? ''
    this.#api.setStatus({ resource: DEPLOYMENT, namespace, name }, ({ status }) => {
      let conditions = (status?.['conditions'] ?? []) as Condition[]
      const isAvailable = ready >= spec.replicas
      conditions = withCondition(conditions, {
        type: 'Available',
        status: isAvailable ? 'True' : 'False',
        reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        message: `Deployment ${isAvailable ? 'has' : 'does not have'} minimum availability.`,
      })
      conditions = withCondition(conditions, {
        type: 'Progressing',
        status: isLate ? 'False' : 'True',
        ...progress(
          set,
          isComplete ? 'done' : isLate ? 'late' : updated < spec.replicas ? 'begun' : 'under way',
        ),
      })
      conditions = failure
        ? withCondition(conditions, failure)
        : conditions.filter(({ type }) => type !== 'ReplicaFailure')
      return {
        observedGeneration: generation,
        replicas: some(replicas),
        updatedReplicas: some(updated),
        readyReplicas: some(ready),
        availableReplicas: some(ready),
        unavailableReplicas: some(Math.max(0, spec.replicas - ready)),
        terminatingReplicas: count('terminatingReplicas', sets),
        conditions,
      }
    })
  }

  #isLate(found: Stored, isComplete: boolean): boolean {
    const { namespace, name, uid, generation = 1 } = found.metadata
    if (isComplete) {
      this.#since.delete(uid)
      return false
    }
    let since = this.#since.get(uid)
    if (since?.generation !== generation)
      this.#since.set(uid, (since = { generation, at: performance.now() }))
    const left = since.at + Number(found.spec?.['progressDeadlineSeconds'] ?? 600) * 1000 - performance.now()
    if (left > 0) this.queue.addLater(`${namespace}/${name}`, left + 1)
    return left <= 0
  }

  #podsOf(set: Stored): ReturnType<typeof asPod>[] {
    return this.#api.store
      .ownedBy(set.metadata.uid)
      .filter(({ kind }) => kind === 'Pod')
      .map(asPod)
  }

  #say(deployment: Workload, message: string): void {
    const about = deployment as unknown as Stored
    this.#events.record(about, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message,
      component: 'deployment-controller',
    })
  }
}

function progress(
  set: string,
  state: 'done' | 'late' | 'begun' | 'under way',
): { reason: string; message: string } {
  if (state === 'begun')
    return { reason: 'NewReplicaSetCreated', message: `Created new replica set "${set}"` }
  const [reason, what] = {
    done: ['NewReplicaSetAvailable', 'has successfully progressed.'],
    late: ['ProgressDeadlineExceeded', 'has timed out progressing.'],
    'under way': ['ReplicaSetUpdated', 'is progressing.'],
  }[state] as [string, string]
  return { reason, message: `ReplicaSet "${set}" ${what}` }
}

function readyIn(set: Stored): number {
  return Number(set.status?.['readyReplicas'] ?? 0)
}
