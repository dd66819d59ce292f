import { isDeepStrictEqual } from 'node:util'
import { ApiError } from './api-error.ts'
import { fieldsOf, fromFieldsV1, itemKey, SEPARATOR, shapeOf, toFieldsV1 } from './field-sets.ts'
import { now } from './objects.ts'
import type { Json, ManagedFields, Stored } from './objects.ts'

interface Manager {
  manager: string
  operation: ManagedFields['operation']
  apiVersion: string
  time: string
  fields: Set<string>
}

/** Who set which field: what makes an apply remove what it no longer says, and no more than that. */
export class FieldOwnership {
  /** Objects of a kind are mostly alike in their fields, so these are kept once. */
  readonly #interned = new Map<string, Json>()
  readonly #sets = new WeakMap<Json, Set<string>>()

  /** `before` with a manifest applied to it. Throws 409 for fields of others that have other values, unless forced. */
  apply(
    before: Stored | Json,
    manifest: Stored,
    { manager, force }: { manager: string; force: boolean },
  ): Json {
    const { kind, apiVersion } = manifest
    const others = this.#managers(before).filter(
      (one) => one.manager !== manager || one.operation !== 'Apply',
    )
    const own = this.#managers(before).find((one) => one.manager === manager && one.operation === 'Apply')
    const wanted = fieldsOf(kind, manifest)
    const live = fieldsOf(kind, before)
    const differs = (path: string): boolean => !isDeepStrictEqual(wanted.get(path), live.get(path))
    const conflicts = others.flatMap(({ fields, ...one }) =>
      [...wanted.keys()].filter((path) => fields.has(path) && differs(path)).map((path) => ({ path, one })),
    )
    if (conflicts.length > 0 && !force) throw conflictOf(conflicts)
    for (const { fields } of others) for (const { path } of conflicts) fields.delete(path)
    const merged = merge(kind, '', structuredClone(before), manifest) as Json
    const isHeld = (path: string): boolean =>
      others.some(({ fields }) => fields.has(path) || some(fields, (one) => one.startsWith(path + SEPARATOR)))
    // What holds nothing of this manager any more goes with the defaults that are in it; an item goes with its key.
    const kept = withParents(wanted.keys())
    const dropped = [...withParents(own?.fields ?? [])].filter((path) => !kept.has(path) && !isHeld(path))
    for (const path of dropped.sort((a, b) => a.length - b.length)) remove(kind, merged, path)
    const fields = new Set(wanted.keys())
    const time = own && sameSet(own.fields, fields) && !hasChanged(before, merged) ? own.time : now()
    return this.#with(merged, [...others, { manager, operation: 'Apply', apiVersion, time, fields }])
  }

  /** `after` with the fields that it changes as those of whoever wrote it. */
  update(before: Stored | null, after: Stored, manager: string): Json {
    const { kind, apiVersion } = after
    const was = before ? fieldsOf(kind, before) : new Map<string, unknown>()
    const is = fieldsOf(kind, after)
    const changed = [...is].filter(
      ([path, value]) => !was.has(path) || !isDeepStrictEqual(value, was.get(path)),
    )
    const managers = this.#managers(before ?? {})
    for (const { fields } of managers) {
      for (const [path] of changed) fields.delete(path)
      for (const path of fields) if (!is.has(path)) fields.delete(path)
    }
    if (changed.length > 0) {
      const own = managers.find((one) => one.manager === manager && one.operation === 'Update')
      const fields = own?.fields ?? new Set()
      for (const [path] of changed) fields.add(path)
      if (own) own.time = now()
      else managers.push({ manager, operation: 'Update', apiVersion, time: now(), fields })
    }
    return this.#with(after, managers)
  }

  #managers(object: Json | Stored): Manager[] {
    const { managedFields = [] } = (object['metadata'] ?? {}) as { managedFields?: ManagedFields[] }
    return managedFields.map(({ manager, operation, apiVersion, time, fieldsV1 }) => {
      let fields = this.#sets.get(fieldsV1)
      if (!fields) {
        fields = fromFieldsV1(fieldsV1)
        this.#sets.set(fieldsV1, fields)
      }
      return { manager, operation, apiVersion, time, fields: new Set(fields) }
    })
  }

  #with(object: Json | Stored, managers: Manager[]): Json {
    const managedFields = managers
      .filter(({ fields }) => fields.size > 0)
      .sort((a, b) => (a.operation < b.operation ? -1 : Number(a.operation > b.operation)))
      .map(({ fields, ...one }) => ({
        ...one,
        fieldsType: 'FieldsV1' as const,
        fieldsV1: this.#intern(fields),
      }))
    return { ...object, metadata: { ...(object['metadata'] as Json), managedFields } }
  }

  #intern(fields: Set<string>): Json {
    const key = [...fields].sort().join('\0')
    const known = this.#interned.get(key)
    if (known) return known
    const made = toFieldsV1(fields)
    this.#interned.set(key, made)
    return made
  }
}

function hasChanged(before: Json | Stored, after: Json): boolean {
  return !isDeepStrictEqual(before, after)
}

function sameSet(a: Set<string>, b: Set<string>): boolean {
  return a.size === b.size && [...a].every((value) => b.has(value))
}

function some<T>(values: Iterable<T>, matches: (value: T) => boolean): boolean {
  for (const value of values) if (matches(value)) return true
  return false
}

function merge(kind: string, field: string, live: unknown, wanted: unknown): unknown {
  const shape = shapeOf(kind, field, wanted)
  if (shape === 'map') {
    const result: Json = typeof live === 'object' && live !== null && !Array.isArray(live) ? { ...live } : {}
    for (const [name, value] of Object.entries(wanted as Json))
      if (value !== null && value !== undefined) result[name] = merge(kind, name, result[name], value)
    return result
  }
  if (shape === 'list') {
    const result = [...((live as Json[] | undefined) ?? [])]
    for (const item of wanted as Json[]) {
      const key = itemKey(kind, field, item)
      const index = result.findIndex((one) => itemKey(kind, field, one) === key)
      // The item itself is a map, whatever the list's field is called.
      const merged = merge(kind, '', index < 0 ? {} : result[index], item) as Json
      if (index < 0) result.push(merged)
      else result[index] = merged
    }
    return result
  }
  if (shape === 'set')
    return [...new Set([...((live as unknown[] | undefined) ?? []), ...(wanted as unknown[])])]
  return structuredClone(wanted)
}

/** Removes a field or an item, if it is there. */
function remove(kind: string, object: Json, path: string): void {
  const parts = path.split(SEPARATOR)
  const last = parts.pop() ?? ''
  let holder: unknown = object
  let field = ''
  for (const part of parts) {
    if (Array.isArray(holder)) holder = holder[indexIn(kind, holder, field, part)]
    else holder = (holder as Json | undefined)?.[part.slice(2)]
    if (holder === undefined || holder === null) return
    field = part.startsWith('f:') ? part.slice(2) : ''
  }
  if (!Array.isArray(holder)) delete (holder as Json)[last.slice(2)]
  else if (indexIn(kind, holder, field, last) >= 0) holder.splice(indexIn(kind, holder, field, last), 1)
}

function indexIn(kind: string, items: unknown[], field: string, part: string): number {
  if (part.startsWith('v:')) return items.findIndex((item) => `v:${JSON.stringify(item)}` === part)
  return items.findIndex((item) => itemKey(kind, field, item) === part)
}

/** The fields, and all that hold them. */
function withParents(paths: Iterable<string>): Set<string> {
  const all = new Set<string>()
  for (const path of paths)
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf(SEPARATOR)))) all.add(at)
  return all
}

function conflictOf(conflicts: { path: string; one: Omit<Manager, 'fields'> }[]): ApiError {
  const dotted = (path: string): string =>
    path
      .split(SEPARATOR)
      .map((part) => (part.startsWith('f:') ? `.${part.slice(2)}` : `[${part.slice(2)}]`))
      .join('')
  const causes = conflicts.map(({ path, one }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${one.manager}" using ${one.apiVersion}`,
    field: dotted(path),
  }))
  const all = causes.map(({ message, field }) => `${message}: ${field}`)
  const count = `${all.length} conflict${all.length === 1 ? '' : 's'}`
  return new ApiError(409, 'Conflict', `Apply failed with ${count}: ${all.join('; ')}`, { causes })
}
