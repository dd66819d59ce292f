import { isMap } from './patches.ts'
import type { Json } from './objects.ts'

/** Lists whose items are merged by key, by the name of their field; all others are replaced as one. */
const KEYS: Record<string, readonly string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
}
const SETS = new Set(['finalizers'])
/** Maps that are replaced as one. */
const ATOMIC = new Set([
  'selector',
  'podSelector',
  'namespaceSelector',
  'labelSelector',
  'nodeSelector',
  'fieldRef',
  'resourceFieldRef',
  'configMapKeyRef',
  'secretKeyRef',
  'involvedObject',
])
/** Kinds that are no part of Kubernetes itself have lists that are replaced as one. */
const PLAIN = new Set(['HTTPRoute'])
const UNOWNED = new Set(['apiVersion', 'kind', 'status'])
const UNOWNED_METADATA = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'generateName',
])

export type Shape = 'leaf' | 'map' | 'list' | 'set'

export const SEPARATOR = '\n'

/** How a field of an object is merged. */
export function shapeOf(kind: string, field: string, value: unknown): Shape {
  if (Array.isArray(value)) {
    if (PLAIN.has(kind)) return 'leaf'
    if (SETS.has(field)) return 'set'
    return keysOf(kind, field, value) ? 'list' : 'leaf'
  }
  if (!isMap(value) || ATOMIC.has(field)) return 'leaf'
  return Object.keys(value).length === 0 ? 'leaf' : 'map'
}

function keysOf(kind: string, field: string, items: unknown[]): readonly string[] | undefined {
  if (!items.every(isMap)) return undefined
  if (field !== 'ports') return KEYS[field]
  if (kind === 'NetworkPolicy') return undefined
  return kind === 'Service' ? ['port', 'protocol'] : ['containerPort', 'protocol']
}

/** `k:{"name":"runner"}`: which item of a list it is. */
export function itemKey(kind: string, field: string, item: unknown): string {
  const keys = keysOf(kind, field, [item]) ?? []
  const map = item as Json
  const values = keys.map((key): [string, unknown] => [key, map[key] ?? (key === 'protocol' ? 'TCP' : '')])
  return `k:${JSON.stringify(Object.fromEntries(values))}`
}

/** Every field that an object sets, with its value: what whoever wrote it owns. Items of lists have an entry of their own. */
export function fieldsOf(kind: string, object: Json): Map<string, unknown> {
  const found = new Map<string, unknown>()
  const walk = (value: unknown, field: string, path: string): void => {
    const shape = shapeOf(kind, field, value)
    if (shape === 'map')
      for (const [name, child] of Object.entries(value as Json)) {
        if (child === undefined || child === null) continue
        if (path === 'f:metadata' && UNOWNED_METADATA.has(name)) continue
        walk(child, name, `${path}${SEPARATOR}f:${name}`)
      }
    else if (shape === 'list')
      for (const item of value as Json[]) {
        const at = `${path}${SEPARATOR}${itemKey(kind, field, item)}`
        found.set(at, ITEM)
        for (const [name, child] of Object.entries(item))
          if (child !== undefined && child !== null) walk(child, name, `${at}${SEPARATOR}f:${name}`)
      }
    else if (shape === 'set')
      for (const item of value as unknown[]) found.set(`${path}${SEPARATOR}v:${JSON.stringify(item)}`, item)
    else found.set(path, value)
  }
  for (const [name, value] of Object.entries(object))
    if (!UNOWNED.has(name) && value !== undefined && value !== null) walk(value, name, `f:${name}`)
  return found
}

/** Stands for an item of a list as such. */
const ITEM = Symbol('item')

/** As `managedFields` write it. */
export function toFieldsV1(paths: Iterable<string>): Json {
  const root: Json = {}
  for (const path of [...paths].sort()) {
    let at = root
    for (const part of path.split(SEPARATOR)) {
      at[part] ??= {}
      at = at[part] as Json
    }
    if (/(^|\n)k:[^\n]*$/.test(path)) at['.'] = {}
  }
  return root
}

export function fromFieldsV1(fields: Json): Set<string> {
  const found = new Set<string>()
  const walk = (at: Json, path: string): void => {
    const names = Object.keys(at)
    if (names.length === 0 || '.' in at) found.add(path)
    for (const name of names)
      if (name !== '.') walk(at[name] as Json, path === '' ? name : `${path}${SEPARATOR}${name}`)
  }
  for (const name of Object.keys(fields)) walk(fields[name] as Json, name)
  return found
}
