import { z } from 'zod'
import type { Cluster } from './cluster/cluster.ts'
import type { KubeObject } from './cluster/objects.ts'
import type { Watched } from './cluster/watch.ts'
import type { ClusterEvent } from './diagnose.ts'

const Event = z.object({
  type: z.string().default(''),
  reason: z.string().default(''),
  message: z.string().default(''),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
  involvedObject: z.object({ kind: z.string().default(''), name: z.string().default('') }),
})

interface EventView extends ClusterEvent {
  about: string
  /** Milliseconds since the epoch. */
  at: number
}

/** Warnings that the cluster has about pods, and about what should make them. */
export class Warnings {
  readonly #events: Watched<EventView>

  constructor(cluster: Cluster, namespace: string, onChange: (about: string) => void, signal: AbortSignal) {
    this.#events = cluster.watch({
      apiVersion: 'v1',
      kind: 'Event',
      namespace,
      fieldSelector: 'type=Warning',
      project: toView,
      onChange: ({ type, value }) => type === 'set' && onChange(value.about),
      signal,
    })
  }

  get synced(): Promise<void> {
    return this.#events.synced
  }

  /** Newest first: of objects whose name begins with `name`, since a moment (milliseconds since the epoch). */
  about(name: string, since: number): ClusterEvent[] {
    return [...this.#events.items.values()]
      .filter(({ about, at }) => (about === name || about.startsWith(`${name}-`)) && at >= since)
      .toSorted((a, b) => b.at - a.at)
  }
}

function toView(object: KubeObject): EventView {
  const { reason, message, lastTimestamp, eventTime, involvedObject } = Event.parse(object)
  const at = Date.parse(lastTimestamp ?? eventTime ?? object.metadata.creationTimestamp ?? '')
  return { reason, message, about: involvedObject.name, at: Number.isNaN(at) ? 0 : at }
}
