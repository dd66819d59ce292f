import { z } from 'zod'

export type Scalar = string | number | boolean
export const Scalar = z.union([z.string(), z.number(), z.boolean()])

export type ParameterValues = Record<string, Scalar>

/** A parameter's name; nothing that every object has, and no helper of the templates. */
export const ParameterName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/, 'must be letters and digits')

/** Parameters and the value, or one of the values, that each must have. */
export const When = z.record(ParameterName, z.union([Scalar, z.array(Scalar).min(1)]))
export type When = z.infer<typeof When>

/** A parameter that is not there has no value. */
export function isMet(when: When | undefined, values: ParameterValues): boolean {
  return Object.entries(when ?? {}).every(([name, wanted]) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value !== undefined && [wanted].flat().includes(value)
  })
}

/** `database is "postgres" or "sqlite"`. */
export function showCondition(when: When): string {
  return Object.entries(when)
    .map(
      ([name, wanted]) =>
        `${name} is ${[wanted]
          .flat()
          .map((value) => JSON.stringify(value))
          .join(' or ')}`,
    )
    .join(' and ')
}
