import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

/** A map in which nothing may be set that is not listed: what Kubernetes learns tomorrow is refused until somebody looked. */
export function onlyThese<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} may not be set here`
        : issue.input === undefined
          ? 'is missing'
          : undefined,
  })
}

/** Exactly this value. */
export function must<T>(value: T, why: string): z.ZodCustom<T> {
  return z.custom<T>((actual) => isDeepStrictEqual(actual, value), {
    error: `must be ${JSON.stringify(value)}: ${why}`,
  })
}

/** This value, or not set at all. */
export function atMost<T>(value: T, why: string): z.ZodOptional<z.ZodCustom<T>> {
  return must(value, why).optional()
}

/** How schemas are asked that are made for one object: compiling them would take longer than asking them. */
export const ONCE = { jitless: true } as const

/** Something that says nothing about security. */
export const free = z.unknown().optional()

/** One sentence each: where it is, and what is wrong with it. */
export function reasonsOf(kind: string, error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => `${kind} ${path.map(String).join('.')}: ${message}`)
}
