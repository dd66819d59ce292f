import { parseAllDocuments } from 'yaml'
import { AppError, messageOf } from '../../../errors.ts'
import { isMap, PatchError, strategicMerge } from './strategic-merge.ts'
import { API_VERSIONS } from './types.ts'
import type { JsonObject, ManifestKind, Override } from './types.ts'

const ALL = 'overrides/all.yaml'

interface Patch {
  kind: ManifestKind
  /** null: whatever it is called. */
  name: string | null
  body: JsonObject
}

/**
 * Applies operators' patches to the objects of one workspace. A patch is for the object of its kind, and of its name if
 * it has one; patches of `all.yaml` for other workspaces' names or for kinds that this one lacks are passed over.
 * Throws an `AppError` that names the file.
 */
export function applyOverrides(
  objects: Map<ManifestKind, JsonObject>,
  name: string,
  overrides: readonly Override[],
): Map<ManifestKind, JsonObject> {
  const result = new Map(objects)
  for (const override of overrides)
    for (const patch of parsePatches(override)) {
      const base = result.get(patch.kind)
      const isOurs = patch.name === null || patch.name === name
      if (base && isOurs) result.set(patch.kind, apply(override, patch, base))
      else if (override.path !== ALL)
        throw refusal(
          override,
          `there is no ${patch.kind} ${patch.name ?? ''} to change; its objects are called ${name}`,
        )
    }
  return result
}

function apply(override: Override, { kind, body }: Patch, base: JsonObject): JsonObject {
  try {
    return strategicMerge(kind, base, body)
  } catch (error) {
    if (error instanceof PatchError) throw refusal(override, `${kind}: ${error.message}`)
    throw error
  }
}

function parsePatches(override: Override): Patch[] {
  const documents = parseAllDocuments(override.text, { uniqueKeys: true, schema: 'core', strict: true })
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document) => {
    const [problem] = [...document.errors, ...document.warnings]
    if (problem) throw refusal(override, problem.message.split('\n')[0] ?? 'it is no YAML')
    const value = toJson(override, () => document.toJS({ maxAliasCount: 0 }) as unknown)
    return value === null ? [] : [toPatch(override, value)]
  })
}

/** YAML has values that JSON has not: dates, bytes, maps with keys that are no strings. */
function toJson(override: Override, read: () => unknown): JsonObject | null {
  try {
    const text = JSON.stringify(read())
    const value = JSON.parse(text) as unknown
    if (value === null || (typeof value === 'object' && !Array.isArray(value)))
      return value as JsonObject | null
  } catch (error) {
    throw refusal(override, messageOf(error))
  }
  throw refusal(override, 'each document must be a map')
}

function toPatch(override: Override, body: JsonObject): Patch {
  const { apiVersion, kind, metadata } = body
  if (typeof kind !== 'string' || !Object.hasOwn(API_VERSIONS, kind))
    throw refusal(override, `kind must be one of ${Object.keys(API_VERSIONS).join(', ')}`)
  const known = kind as ManifestKind
  if (apiVersion !== API_VERSIONS[known])
    throw refusal(override, `${known}: apiVersion must be "${API_VERSIONS[known]}"`)
  const name = isMap(metadata) ? metadata['name'] : undefined
  if (name !== undefined && typeof name !== 'string')
    throw refusal(override, `${known}: metadata.name must be a string`)
  return { kind: known, name: name ?? null, body }
}

function refusal({ path }: Override, reason: string): AppError {
  return new AppError(422, 'override_refused', `${path} cannot be applied: ${reason}.`)
}
