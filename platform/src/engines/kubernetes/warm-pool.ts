import type { Logger } from 'pino'
import type { Pool } from '../../fleet/pool.ts'
import { SerialQueue } from '../../serial-queue.ts'
import type { Cluster } from './cluster/cluster.ts'
import { objectName, POOL_LABEL } from './manifests/names.ts'
import type { Renderer } from './renderer.ts'
import type { RunnerPods } from './runner-pods.ts'
import { WorkspaceObjects } from './workspace-objects.ts'

export interface WarmPoolOptions {
  cluster: Cluster
  namespace: string
  /** null: none is declared. */
  declared: () => Promise<Pool | null>
  renderer: Renderer
  pods: RunnerPods
  mayAct: () => boolean
  log: Logger
  signal: AbortSignal
}

/** Pods that run before anybody needs them, by stack; one that is taken leaves its ReplicaSet, which makes another. */
export class WarmPool {
  readonly #options: WarmPoolOptions
  readonly #objects: WorkspaceObjects
  readonly #queue = new SerialQueue()

  constructor(options: WarmPoolOptions) {
    this.#options = options
    const { cluster, namespace, mayAct, signal } = options
    const kinds = ['Deployment', 'NetworkPolicy'] as const
    this.#objects = new WorkspaceObjects({
      cluster,
      namespace,
      kinds,
      label: POOL_LABEL,
      onChange: () => {},
      mayAct,
      signal,
    })
  }

  get synced(): Promise<unknown> {
    return this.#objects.synced
  }

  /** Makes pools be what is declared. What fails is logged, and done the next time. */
  async maintain(signal: AbortSignal): Promise<void> {
    await this.#queue.run(async () => {
      try {
        await this.#maintain(signal)
      } catch (error) {
        if (!signal.aborted) this.#options.log.error({ err: error }, 'the warm pool is not as declared')
      }
    })
  }

  /** Resolves when nothing is done for it any more. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  /** Names of pods that wait and were made from this very template. */
  waiting(template: string): string[] {
    return this.#options.pods
      .waiting()
      .filter(({ pod }) => pod.template === template)
      .map(({ pod }) => pod.name)
  }

  async #maintain(signal: AbortSignal): Promise<void> {
    const { declared, renderer } = this.#options
    const pool = await declared()
    if (pool)
      for (const [stack, size] of pool.sizes) {
        const manifests = await renderer.pool(stack, pool.resources, size)
        await this.#objects.apply(stack, nameOf(stack), manifests, signal)
      }
    for (const stack of this.#objects.ids()) {
      if (pool?.sizes.has(stack)) continue
      await this.#objects.remove(stack, nameOf(stack), 'deployment', signal)
      await this.#objects.remove(stack, nameOf(stack), 'rest', signal)
    }
  }
}

function nameOf(stack: string): string {
  return objectName({ kind: 'pool', stack })
}
