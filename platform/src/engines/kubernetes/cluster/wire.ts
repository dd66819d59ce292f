import { z } from 'zod'
import type { KubeObject } from './objects.ts'

/** What the port itself reads of an object; all else passes as it is. */
const Meta = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
})

const Item = z.looseObject({ metadata: Meta })
const List = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(Item).nullable(),
})
const Event = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: Item }),
  z.object({
    type: z.literal('BOOKMARK'),
    object: z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) }),
  }),
  z.object({ type: z.literal('ERROR'), object: z.looseObject({ code: z.number().optional() }) }),
])

export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject }
  | { type: 'BOOKMARK'; resourceVersion: string }
  | { type: 'ERROR'; status: { code?: number } }

export interface Page {
  resourceVersion: string
  /** Where the next page begins; null when there is none. */
  next: string | null
  /** Items of lists name neither kind nor version, so whoever reads them does not get to see any. */
  items: KubeObject[]
}

export function parseObject(value: unknown): KubeObject {
  return Item.parse(value) as unknown as KubeObject
}

export function parsePage(value: unknown, { apiVersion, kind }: { apiVersion: string; kind: string }): Page {
  const { metadata, items } = List.parse(value)
  const next = metadata.continue ?? ''
  return {
    resourceVersion: metadata.resourceVersion,
    next: next === '' ? null : next,
    items: (items ?? []).map((item) => ({ apiVersion, kind, ...item })),
  }
}

export function parseEvent(line: string): WatchEvent {
  const event = Event.parse(JSON.parse(line))
  if (event.type === 'BOOKMARK')
    return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion }
  if (event.type === 'ERROR') return { type: 'ERROR', status: event.object }
  return { type: event.type, object: event.object as unknown as KubeObject }
}
