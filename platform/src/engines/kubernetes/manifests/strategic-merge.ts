import type { Json, JsonObject, ManifestKind } from './types.ts'

/** By which key Kubernetes merges lists of objects; all others are replaced as a whole. */
const MERGE_KEYS: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
}
const DIRECTIVE = '$patch'

/** The patch is not one; the message says which key and why. */
export class PatchError extends Error {
  override name = 'PatchError'
}

/** Merges as `kubectl` and Kustomize do: maps merge, null deletes, lists merge by Kubernetes' keys or are replaced. */
export function strategicMerge(kind: ManifestKind, base: JsonObject, patch: JsonObject): JsonObject {
  const merged = mergeMaps(kind, base, patch, '')
  if (merged === null) throw new PatchError('"$patch: delete" of a whole object is not possible')
  return merged
}

/** null when the patch deletes it. */
function mergeMaps(kind: ManifestKind, base: JsonObject, patch: JsonObject, path: string): JsonObject | null {
  const { [DIRECTIVE]: directive, ...rest } = patch
  if (directive === 'delete') return null
  if (directive !== undefined && directive !== 'replace' && directive !== 'merge')
    throw new PatchError(`${path}$patch must be "delete", "replace" or "merge"`)
  const result = new Map<string, Json>(Object.entries(directive === 'replace' ? {} : base))
  for (const [key, value] of Object.entries(rest)) {
    const where = `${path}${key}.`
    if (key.startsWith('$')) throw new PatchError(`${path}${key} is not supported; use "$patch"`)
    const merged = value === null ? null : mergeValues(kind, key, result.get(key), value, where)
    if (merged === null) result.delete(key)
    else result.set(key, merged)
  }
  // An own property for every key, "__proto__" included.
  return Object.fromEntries(result)
}

function mergeValues(
  kind: ManifestKind,
  key: string,
  base: Json | undefined,
  patch: Json,
  path: string,
): Json | null {
  if (isMap(patch)) return mergeMaps(kind, isMap(base) ? base : {}, patch, path)
  if (!Array.isArray(patch)) return patch
  const mergeKey = mergeKeyOf(kind, key)
  if (mergeKey === null) return patch.map((item) => withoutDirectives(kind, item, path))
  return mergeLists(kind, mergeKey, Array.isArray(base) ? base : [], patch, path)
}

function mergeKeyOf(kind: ManifestKind, key: string): string | null {
  if (key === 'ports' && kind === 'Service') return 'port'
  if (key === 'ports' && kind === 'Deployment') return 'containerPort'
  return kind === 'Deployment' && Object.hasOwn(MERGE_KEYS, key) ? (MERGE_KEYS[key] ?? null) : null
}

function mergeLists(kind: ManifestKind, mergeKey: string, base: Json[], patch: Json[], path: string): Json[] {
  const replaces = patch.some((item) => isMap(item) && item[DIRECTIVE] === 'replace' && !(mergeKey in item))
  const result = replaces ? [] : [...base]
  for (const item of patch) {
    if (!isMap(item)) throw new PatchError(`${path} each item must be a map with "${mergeKey}"`)
    const id = item[mergeKey]
    if (id === undefined) {
      if (replaces && Object.keys(item).length === 1) continue
      throw new PatchError(`${path} each item needs "${mergeKey}", by which it is found`)
    }
    const index = result.findIndex((known) => isMap(known) && known[mergeKey] === id)
    const known = result[index]
    const merged = mergeMaps(kind, isMap(known) ? known : {}, item, `${path}${JSON.stringify(id)}.`)
    if (index === -1) {
      if (merged !== null) result.push(merged)
    } else if (merged === null) result.splice(index, 1)
    else result[index] = merged
  }
  return result
}

/** What replaces has nothing to be merged with, but may hold directives and nulls all the same. */
function withoutDirectives(kind: ManifestKind, item: Json, path: string): Json {
  return isMap(item) ? (mergeMaps(kind, {}, item, path) ?? {}) : item
}

export function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
