import type { Api } from '../api.ts'
import { resourceOf } from '../kinds.ts'
import { asPod, withCondition } from '../objects.ts'
import type { Pod, Stored } from '../objects.ts'
import type { StoreEvent } from '../store.ts'
import type { EventRecorder } from './events.ts'
import { PodWorker } from './pod-worker.ts'
import type { PodWorkerOptions } from './pod-worker.ts'
import { WorkQueue } from './work-queue.ts'

const POD = resourceOf('Pod')

/** Scheduler and kubelets of all nodes: gives pods a node, runs them there, and ends those that are deleted. */
export class Kubelet implements AsyncDisposable {
  readonly queue: WorkQueue
  readonly #options: PodWorkerOptions
  readonly #api: Api
  readonly #events: EventRecorder
  readonly #workers = new Map<string, PodWorker>()
  readonly #ending = new Set<Promise<void>>()
  readonly #unscheduled = new Set<string>()

  constructor(options: PodWorkerOptions, retryAfter: number) {
    this.#options = options
    this.#api = options.api
    this.#events = options.events
    this.queue = new WorkQueue((key) => this.#sync(key), retryAfter)
  }

  notice({ type, resource, object }: StoreEvent): void {
    const { namespace, name, uid } = object.metadata
    if (resource.kind === 'Node') for (const key of this.#unscheduled) this.queue.add(key)
    if (resource !== POD) return
    if (type === 'DELETED') {
      // Deleted by force, it ends behind the API server's back.
      this.#end(uid, 0)
      this.#unscheduled.delete(`${namespace}/${name}`)
    } else this.queue.add(`${namespace}/${name}`)
  }

  /** Looks again at pods that no node could take. */
  reschedule(): void {
    for (const key of this.#unscheduled) this.queue.add(key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.queue[Symbol.dispose]()
    for (const uid of this.#workers.keys()) this.#end(uid, 0)
    await Promise.allSettled(this.#ending)
  }

  #sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const found = this.#api.store.find('Pod', namespace, name)
    if (!found) return
    const pod = asPod(found)
    const { uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata
    if (deletionTimestamp !== undefined) {
      if (this.#workers.has(uid)) this.#end(uid, deletionGracePeriodSeconds * 1000)
      else this.#api.finish(POD, found)
    } else if (pod.spec.nodeName === undefined) this.#schedule(found, key)
    else if (!this.#workers.has(uid) && pod.status.phase === 'Pending')
      this.#workers.set(uid, new PodWorker(pod, this.#options))
  }

  #end(uid: string, grace: number): void {
    const worker = this.#workers.get(uid)
    if (!worker) return
    const ending = worker
      .stop(grace)
      .catch(() => {})
      .finally(() => {
        this.#workers.delete(uid)
        this.#ending.delete(ending)
      })
    this.#ending.add(ending)
  }

  #schedule(found: Stored, key: string): void {
    const pod = asPod(found)
    const nodes = this.#api.store.all('Node', null)
    const wanted = Object.entries(pod.spec.nodeSelector ?? {})
    const fits = nodes.filter(({ metadata }) =>
      wanted.every(([key, value]) => metadata.labels?.[key] === value),
    )
    const node = fits.find(({ spec }) => spec?.['unschedulable'] !== true)
    const refusal = this.#options.runner.refusal?.(pod) ?? (node ? null : noNode(nodes.length, fits.length))
    if (refusal !== null || !node) {
      this.#unscheduled.add(key)
      this.#refuse(pod, found, refusal ?? '')
      return
    }
    this.#unscheduled.delete(key)
    const conditions = withCondition(pod.status.conditions, { type: 'PodScheduled', status: 'True' })
    const bound = {
      ...found,
      spec: { ...found.spec, nodeName: node.metadata.name },
      status: { ...found.status, conditions },
    }
    this.#api.store.replace(POD, bound, found)
    const { name, namespace } = found.metadata
    const message = `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`
    this.#events.record(found, {
      type: 'Normal',
      reason: 'Scheduled',
      message,
      component: 'default-scheduler',
    })
  }

  #refuse({ status }: Pod, found: Stored, message: string): void {
    const { namespace = '', name } = found.metadata
    const known = status.conditions?.find(({ type }) => type === 'PodScheduled')
    if (known?.status === 'False' && known.message === message) return
    const conditions = withCondition(status.conditions, {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
    })
    this.#api.setStatus({ resource: POD, namespace, name }, () => ({ conditions }))
    this.#events.record(found, {
      type: 'Warning',
      reason: 'FailedScheduling',
      message,
      component: 'default-scheduler',
    })
  }
}

function noNode(all: number, cordoned: number): string {
  if (all === 0) return 'no nodes available to schedule pods'
  const reasons = [
    ...(cordoned < all ? [`${all - cordoned} node(s) didn't match Pod's node affinity/selector`] : []),
    ...(cordoned > 0 ? [`${cordoned} node(s) were unschedulable`] : []),
  ]
  return `0/${all} nodes are available: ${reasons.join(', ')}. no new claims to deallocate, preemption: 0/${all} nodes are available: ${all} Preemption is not helpful for scheduling.`
}
