import type { Placement } from '../engine.ts'
import type { Cluster } from './cluster/cluster.ts'
import { isClusterError } from './cluster/errors.ts'
import type { KubeObject, Target } from './cluster/objects.ts'
import { OWNER_ANNOTATION, POOL_LABEL, WORKSPACE_LABEL, workspaceName } from './manifests/names.ts'
import type { Manifests } from './manifests/types.ts'
import { isLiving, toPodView } from './pod-view.ts'
import type { PodView } from './pod-view.ts'
import { templateDigest } from './renderer.ts'
import type { Renderer } from './renderer.ts'
import type { RunnerPod, RunnerPods } from './runner-pods.ts'
import type { WarmPool } from './warm-pool.ts'
import { assertMayAct } from './workspace-objects.ts'
import type { WorkspaceObjects } from './workspace-objects.ts'

/** How often one pod is asked for while others change it: its kubelet, or whoever wants it, too. */
const ATTEMPTS = 5

export interface PoolPodsOptions {
  cluster: Cluster
  namespace: string
  objects: WorkspaceObjects
  pods: RunnerPods
  pool: WarmPool
  renderer: Renderer
  /** Asked before each change of the cluster. */
  mayAct: () => boolean
  /** Makes the objects of a workspace be these; resolves to the Deployment's uid. */
  apply: (id: string, manifests: Manifests, signal: AbortSignal) => Promise<string>
}

/** Who takes a pod, and what becomes its owner: the pod goes when that goes. */
interface Taker {
  id: string
  owner: string
  deployment: { name: string; uid: string }
}

/** Pods that workspaces have from the pool. While one lives, the Deployment of its workspace makes none. */
export class PoolPods {
  readonly #options: PoolPodsOptions

  constructor(options: PoolPodsOptions) {
    this.#options = options
  }

  /**
   * Gives a workspace that has no pod, and for which none is being made, one of the pool; false when there is none. The
   * Deployment comes first: whatever happens in between, the next start finds one that makes no pod, and at most one pod.
   */
  async take(id: string, { owner, ...placement }: Placement, signal: AbortSignal): Promise<boolean> {
    const { objects, pods, pool, renderer, apply } = this.#options
    const name = workspaceName(id)
    const isMade = objects.deployment(id, name)?.replicas === 1
    if (isMade || pods.current(id) || (await this.has(id, signal))) return false
    const manifests = await renderer.workspace(id, { owner, ...placement }, 0)
    const waiting = pool.waiting(templateDigest(manifests))
    if (waiting.length === 0) return false
    const uid = await apply(id, manifests, signal)
    for (const pod of waiting)
      if (await this.#relabel(pod, { id, owner, deployment: { name, uid } }, signal)) return true
    return false
  }

  /** Whether a pod of the pool lives that the workspace's Deployment has. */
  async has(id: string, signal: AbortSignal): Promise<boolean> {
    const { cluster, namespace, objects, pods } = this.#options
    const deployment = objects.deployment(id, workspaceName(id))
    if (!deployment) return false
    const isIt = (pod: PodView): boolean => isLiving(pod) && pod.deployment === deployment.uid
    if (pods.of(id).some(({ pod }) => isIt(pod))) return true
    if (deployment.replicas !== 0) return false
    // One may have been taken that is not seen here yet, and must not get a second one beside it.
    const labelSelector = `${WORKSPACE_LABEL}=${id}`
    const found = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, { signal })
    return found.map(toPodView).some(isIt)
  }

  /** Ends those of a workspace but one. The cluster's garbage collector ends only what has no owner, and in its own time. */
  async prune(id: string, keep: RunnerPod | null, signal: AbortSignal): Promise<void> {
    const { cluster, pods, mayAct } = this.#options
    for (const { pod } of pods.of(id)) {
      if (pod.deployment === null || !isLiving(pod) || pod.uid === keep?.pod.uid) continue
      assertMayAct(mayAct)
      await cluster.delete(this.#target(pod.name), { signal, uid: pod.uid })
    }
  }

  /** False when the pod cannot be had any more. Of several who ask for one, one gets it. */
  async #relabel(name: string, taker: Taker, signal: AbortSignal): Promise<boolean> {
    const { cluster, mayAct } = this.#options
    const target = this.#target(name)
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const pod = await cluster.get(target, { signal })
      if (!pod || pod.metadata.deletionTimestamp !== undefined) return false
      // An answer was lost, and the request had been carried out.
      if (isOf(pod, taker)) return true
      const { labels = {} } = pod.metadata
      if (labels[POOL_LABEL] === undefined || labels[WORKSPACE_LABEL] !== undefined) return false
      assertMayAct(mayAct)
      try {
        await cluster.patch(target, { type: 'merge', value: taken(pod, taker) }, { signal })
        return true
      } catch (error) {
        if (!isClusterError(error, 'conflict', 'not_found')) throw error
      }
    }
    return false
  }

  #target(name: string): Target {
    return { apiVersion: 'v1', kind: 'Pod', namespace: this.#options.namespace, name }
  }
}

function isOf({ metadata }: KubeObject, { id, deployment }: Taker): boolean {
  const isOwned = metadata.ownerReferences?.some(({ uid }) => uid === deployment.uid) ?? false
  return metadata.labels?.[WORKSPACE_LABEL] === id && isOwned
}

/** The version lets one of several win; the labels take it from its ReplicaSet; a controller is what drains ask for. */
function taken({ metadata }: KubeObject, { id, owner, deployment }: Taker): unknown {
  const controller = { apiVersion: 'apps/v1', kind: 'Deployment', ...deployment, controller: true }
  return {
    metadata: {
      resourceVersion: metadata.resourceVersion,
      labels: { [POOL_LABEL]: null, [WORKSPACE_LABEL]: id },
      annotations: { [OWNER_ANNOTATION]: owner },
      ownerReferences: [controller],
    },
  }
}
