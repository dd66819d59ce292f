import { ApiError } from './api-error.ts'
import type { Json, Stored } from './objects.ts'

export type Matcher = (object: Stored) => boolean

/** Label and field selectors as lists and watches take them. */
export function selects(labelSelector: string | null, fieldSelector: string | null): Matcher {
  const labels = parts(labelSelector).map(labelRequirement)
  const fields = parts(fieldSelector).map(fieldRequirement)
  const all = [...labels, ...fields]
  return (object) => all.every((matches) => matches(object))
}

/** `matchLabels` of workloads and services; an empty one selects nothing. */
export function matchesLabels(
  selector: Record<string, string> | undefined,
  object: { metadata: { labels?: Record<string, string> } },
): boolean {
  const wanted = Object.entries(selector ?? {})
  return wanted.length > 0 && wanted.every(([key, value]) => object.metadata.labels?.[key] === value)
}

/** Commas part requirements, except within `in (a,b)`. */
function parts(selector: string | null): string[] {
  if (selector === null || selector.trim() === '') return []
  return selector.split(/,(?![^(]*\))/).map((part) => part.trim())
}

function labelRequirement(text: string): Matcher {
  const labelOf = ({ metadata }: Stored, key: string): string | undefined => metadata.labels?.[key]
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = new Set(list.split(',').map((value) => value.trim()))
    if (operator === 'in') return (object) => values.has(labelOf(object, key) ?? '\0')
    return (object) => !values.has(labelOf(object, key) ?? '\0')
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text)
  if (equality) {
    const [, key = '', operator, value] = equality
    return (object) => (labelOf(object, key) === value) === (operator !== '!=')
  }
  const absent = /^!([^=!\s]+)$/.exec(text)
  if (absent) return (object) => labelOf(object, absent[1]!) === undefined
  if (/^[^=!\s(),]+$/.test(text)) return (object) => labelOf(object, text) !== undefined
  throw new ApiError(400, 'BadRequest', `unable to parse requirement: ${text}`)
}

function fieldRequirement(text: string): Matcher {
  const match = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(text)
  if (!match) throw new ApiError(400, 'BadRequest', `invalid field selector: ${text}`)
  const [, path = '', operator, value = ''] = match
  return (object) => (fieldOf(object, path) === value) === (operator !== '!=')
}

function fieldOf(object: Stored, path: string): string {
  let value: unknown = object
  for (const name of path.split('.')) value = (value as Json | undefined)?.[name]
  return typeof value === 'string' ? value : ''
}
