import type { Api } from '../api.ts'
import { resourceOf } from '../kinds.ts'
import { now } from '../objects.ts'
import type { Stored } from '../objects.ts'

export interface Happening {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  component: string
}

/** Tells in the cluster what has happened to an object, as `kubectl describe` shows it. */
export class EventRecorder {
  readonly #api: Api
  /** Names of the events that are there, by what they say: what happens again is counted. */
  readonly #known = new Map<string, string>()

  constructor(api: Api) {
    this.#api = api
  }

  record(about: Pick<Stored, 'apiVersion' | 'kind' | 'metadata'>, happening: Happening): void {
    const { name, namespace = 'default', uid, resourceVersion } = about.metadata
    const { type, reason, message, component } = happening
    const { store } = this.#api
    const space = store.find('Namespace', null, namespace)
    if (!space || space.metadata.deletionTimestamp !== undefined) return
    const key = [uid, reason, message].join('\0')
    const before = store.find('Event', namespace, this.#known.get(key) ?? '')
    if (before) {
      const count = Number(before['count'] ?? 1) + 1
      store.replace(resourceOf('Event'), { ...before, count, lastTimestamp: now() }, before)
      return
    }
    const { object } = this.#api.create(resourceOf('Event'), namespace, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name,
        namespace,
        uid,
        resourceVersion,
      },
      type,
      reason,
      message,
      reportingComponent: component,
      // The scheduler speaks the newer form, in which these fields are empty.
      ...(component === 'default-scheduler'
        ? { source: {}, eventTime: now(), firstTimestamp: null, lastTimestamp: null }
        : { source: { component }, eventTime: null, firstTimestamp: now(), lastTimestamp: now(), count: 1 }),
    })
    this.#known.set(key, object.metadata.name)
  }
}
