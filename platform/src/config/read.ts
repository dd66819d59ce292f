import { z } from 'zod'
import { parseJson } from '../parse-json.ts'

/** A variable has a value that cannot be meant; the message names it and says what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** The value of a variable as `schema` has it. Throws a `ConfigError`. */
export function read<T>(name: string, value: string, schema: z.ZodType<T>, allowed: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new ConfigError(`${name} must be ${allowed}, not "${value}".`)
}

export function readFlag(name: string, value: string): boolean {
  return read(name, value, z.enum(['true', 'false']), '"true" or "false"') === 'true'
}

/** The same for one that holds a JSON object, which `complete` may add to. */
export function readJson<T>(
  name: string,
  value: string,
  schema: z.ZodType<T>,
  allowed: string,
  complete: (object: Record<string, unknown>) => Record<string, unknown> = (object) => object,
): T {
  const object = toObject(value)
  const parsed = schema.safeParse(object && complete(object))
  if (parsed.success) return parsed.data
  throw new ConfigError(`${name} must be ${allowed}, not "${value}".`)
}

function toObject(text: string): Record<string, unknown> | null {
  const value = parseJson(text)
  return typeof value === 'object' && value !== null ? { ...value } : null
}
