/** Types and schemas of variables for programs: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'

/** Set by the workspace itself; a terminal without the right ones is of no use. */
const OWN_VARIABLES = /^(PATH|HOME|PWD|OLDPWD|SHELL|USER|LOGNAME|TERM|SHLVL|_|CODENEST_.*)$/

export const VariableName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and underscores, not beginning with a digit')
  .refine((name) => !OWN_VARIABLES.test(name), 'is set by the workspace itself')
  .meta({ id: 'VariableName' })

/** Variables to set and to remove; all others stay. */
export const ChangeVariables = z
  .strictObject({
    set: z
      .record(
        VariableName,
        z
          .string()
          .max(32_768)
          .refine((value) => !value.includes('\0'), 'must be a text without NUL characters'),
      )
      .default({}),
    remove: z.array(z.string().max(128)).max(200).default([]),
  })
  .meta({ id: 'ChangeVariables' })
export type ChangeVariables = z.infer<typeof ChangeVariables>

/** A variable of which the value is kept, and told to nobody. */
export const Variable = z
  .object({
    name: z.string(),
    /** ISO 8601. */
    changedAt: z.string(),
  })
  .meta({ id: 'Variable' })
export type Variable = z.infer<typeof Variable>
