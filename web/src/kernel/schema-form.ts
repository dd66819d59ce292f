import type { Problem } from '@codenest/platform/protocol'

/** A form field for one parameter of a template. */
export interface SchemaField {
  name: string
  label: string
  kind: 'text' | 'choice' | 'number' | 'switch'
  integer: boolean
  /** Its values are numbers; also of a choice. */
  numeric: boolean
  required: boolean
  hint: string | undefined
  choices: string[]
  pattern: string | undefined
  initial: string | boolean
  /** Other parameters and the values of them with which it is there. */
  when: Record<string, unknown[]>
}

export type FormValues = Record<string, string | boolean>

/** The fields of a JSON Schema object whose properties are strings, numbers, integers or booleans. */
export function fieldsOf(schema: Record<string, unknown>): SchemaField[] {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(properties).flatMap(([name, property]) => {
    if (!isRecord(property)) return []
    const type = property['type']
    const choices = Array.isArray(property['enum']) ? property['enum'].map(String) : []
    const kind =
      type === 'boolean'
        ? 'switch'
        : choices.length > 0
          ? 'choice'
          : type === 'number' || type === 'integer'
            ? 'number'
            : 'text'
    const fallback = property['default']
    return {
      name,
      label: text(property['title']) ?? sentence(name),
      kind,
      integer: type === 'integer',
      numeric: type === 'number' || type === 'integer',
      required: required.includes(name) && fallback === undefined,
      hint: text(property['description']),
      choices,
      pattern: text(property['pattern']),
      initial:
        kind === 'switch'
          ? fallback === true
          : fallback === undefined
            ? (choices[0] ?? '')
            : typeof fallback === 'object'
              ? JSON.stringify(fallback)
              : `${fallback as string | number}`,
      when: isRecord(property['when'])
        ? Object.fromEntries(
            Object.entries(property['when']).map(([other, value]) => [other, [value].flat()]),
          )
        : {},
    } satisfies SchemaField
  })
}

/** The fields that are there with these values. A condition is about fields before it, which have to be there, too. */
export function shownFields(fields: SchemaField[], values: FormValues): SchemaField[] {
  const shown = new Map<string, unknown>()
  return fields.filter((field) => {
    if (!Object.entries(field.when).every(([name, wanted]) => wanted.includes(shown.get(name)))) return false
    shown.set(field.name, typedValue(field, values))
    return true
  })
}

function typedValue(field: SchemaField, values: FormValues): string | number | boolean {
  const value = values[field.name] ?? field.initial
  return field.numeric && value !== '' ? Number(value) : value
}

/** Values as the platform takes them; fields left empty are left out, so that the template's default counts. */
export function parametersOf(
  fields: SchemaField[],
  values: FormValues,
): Record<string, string | number | boolean> {
  const result: Record<string, string | number | boolean> = {}
  for (const field of shownFields(fields, values)) {
    const value = typedValue(field, values)
    if (value !== '') result[field.name] = value
  }
  return result
}

/** What is wrong with the values, by field name. */
export function checkValues(fields: SchemaField[], values: FormValues): Record<string, string> {
  const wrong: Record<string, string> = {}
  for (const field of shownFields(fields, values)) {
    const value = values[field.name] ?? field.initial
    if (typeof value === 'boolean') continue
    if (value === '') {
      if (field.required) wrong[field.name] = 'This is needed.'
    } else if (field.kind === 'number') {
      const number = Number(value)
      if (Number.isNaN(number)) wrong[field.name] = 'This must be a number.'
      else if (field.integer && !Number.isInteger(number)) wrong[field.name] = 'This must be a whole number.'
    } else if (field.pattern !== undefined && !matches(field.pattern, value)) {
      wrong[field.name] = `This must match ${field.pattern}`
    }
  }
  return wrong
}

/** Messages of a problem by the last part of their path; `/source/parameters/name` and `source.parameters.name` both work. */
export function errorsByField(problem: Problem): Record<string, string> {
  const result: Record<string, string> = {}
  for (const { path, message } of problem.errors ?? []) {
    const name = path.split(/[/.]/).at(-1) ?? ''
    const key = /parameters[/.]/.test(path) ? `parameters.${name}` : name
    result[key] ??= message
  }
  return result
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    // A pattern that this browser does not understand is left to the platform.
    return true
  }
}

function sentence(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_]/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
