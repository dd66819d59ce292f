import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ulid } from 'ulid'
import { z } from 'zod'
import { BackOff } from '../engines/kubernetes/cluster/back-off.ts'
import type { Cluster } from '../engines/kubernetes/cluster/cluster.ts'
import { configMapTarget, putConfigMap } from '../engines/kubernetes/cluster/config-map.ts'
import type { KubeObject } from '../engines/kubernetes/cluster/objects.ts'
import type { Remotes } from '../git/remotes.ts'
import { ORDERS } from './leadership.ts'
import type { Order } from './leadership.ts'

export const DOORBELL = 'codenest-doorbell'
/** Milliseconds between two rings of one replica: what comes meanwhile is in the next. */
const PAUSE = 50
const FAILURES = { first: 100, longest: 5_000 }
/** Changes of one ring; when there are more, everything may have changed. */
const MOST = 500
/** Milliseconds that a replica that ends spends on its last ring. */
const LAST = 2_000

const Ring = z.object({
  by: z.string(),
  /** Different for each, so that a ring like the one before is heard. */
  id: z.string(),
  /** Repositories, and on whose behalf; null: all may have changed. */
  changed: z.array(z.tuple([z.string(), z.string()])).nullable(),
  orders: z.array(z.tuple([z.enum(ORDERS), z.string()])),
})
type Ring = z.infer<typeof Ring>

export interface DoorbellOptions {
  cluster: Cluster
  namespace: string
  /** Name of this process among the replicas. */
  replica: string
  remotes: Remotes
  /** Another replica asks for something that the leader does. */
  onOrder: (order: Order, id: string) => void
  log: Logger
}

/**
 * How replicas tell each other that something in their store has changed: one object of the cluster, which whoever
 * has published something writes, and all watch. It says what to look at, not what is there.
 */
export class Doorbell implements AsyncDisposable {
  readonly #options: DoorbellOptions
  readonly #closing = new AbortController()
  readonly #backOff = new BackOff(FAILURES)
  readonly #cleanup = new DisposableStack()
  readonly synced: Promise<void>
  /** JSON of pairs, each once. */
  #changed = new Map<string, [string, string]>()
  #orders: Ring['orders'] = []
  #ringing: Promise<void> | null = null

  constructor(options: DoorbellOptions) {
    this.#options = options
    const { cluster, namespace, remotes } = options
    const { synced } = cluster.watch<Ring | null>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      fieldSelector: `metadata.name=${DOORBELL}`,
      project: toRing,
      onChange: ({ type, value }, source) => type === 'set' && this.#heard(value, source),
      signal: this.#closing.signal,
    })
    this.synced = synced
    this.#cleanup.use(
      remotes.subscribe((id, { head }) => {
        const by = head.reflog[0]?.by ?? ''
        this.#changed.set(JSON.stringify([id, by]), [id, by])
        this.#ring()
      }),
    )
  }

  /** Asks the leader, if there is one; a new one begins with everything anyway. */
  order(order: Order, id: string): void {
    this.#orders.push([order, id])
    this.#ring()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cleanup.dispose()
    this.#closing.abort()
    await this.#ringing
    if (this.#hasNews()) await this.#put(AbortSignal.timeout(LAST)).catch(() => {})
  }

  #heard(ring: Ring | null, source: 'list' | 'watch'): void {
    const { replica, remotes, onOrder } = this.#options
    if (ring?.by === replica && source === 'watch') return
    // Between the last event and a list there may have been others.
    if (source === 'list' || !ring?.changed) remotes.changedElsewhere(null)
    else for (const [id, by] of ring.changed) remotes.changedElsewhere({ id, by })
    if (ring && ring.by !== replica) for (const [order, id] of ring.orders) onOrder(order, id)
  }

  #hasNews(): boolean {
    return this.#changed.size > 0 || this.#orders.length > 0
  }

  #ring(): void {
    if (this.#closing.signal.aborted) return
    this.#ringing ??= this.#ringAll().finally(() => {
      this.#ringing = null
    })
  }

  async #ringAll(): Promise<void> {
    const { signal } = this.#closing
    // What is told in this very moment belongs together.
    await Promise.resolve()
    while (this.#hasNews() && !signal.aborted)
      try {
        await this.#put(signal)
        this.#backOff.reset()
        await delay(PAUSE, undefined, { signal })
      } catch (error) {
        if (signal.aborted) return
        this.#options.log.warn({ err: error }, 'the other replicas could not be told of a change')
        await this.#backOff.pause(signal).catch(() => {})
      }
  }

  async #put(signal: AbortSignal): Promise<void> {
    const { cluster, namespace, replica } = this.#options
    const [told, orders] = [this.#changed, this.#orders]
    this.#changed = new Map()
    this.#orders = []
    const changed = told.size > MOST ? null : [...told.values()]
    const ring: Ring = { by: replica, id: ulid(), changed, orders }
    try {
      await putConfigMap(
        cluster,
        configMapTarget(namespace, DOORBELL),
        { ring: JSON.stringify(ring) },
        signal,
      )
    } catch (error) {
      this.#changed = new Map([...told, ...this.#changed])
      this.#orders = [...orders, ...this.#orders]
      throw error
    }
  }
}

/** null for what another version of the platform has written: then everything has to be looked at. */
function toRing({ data }: KubeObject): Ring | null {
  try {
    return Ring.parse(JSON.parse((data as { ring: string }).ring))
  } catch {
    return null
  }
}
