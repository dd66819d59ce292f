/** Values that requests and answers of several parts have in common: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'

/** A workspace or template name: a DNS label without `--`, so that it can be part of a host name. */
export const Name = z
  .string()
  .min(1)
  .max(40)
  .regex(
    /^[a-z]([a-z0-9]|-(?!-))*(?<!-)$/,
    'must be lower-case letters, digits and single hyphens, starting with a letter',
  )
  .meta({ id: 'Name' })

export const Port = z.number().int().min(1).max(65535)

/** Values for a template's parameters; the template's own JSON Schema decides what is allowed. */
export const Parameters = z.record(
  z.string().max(64),
  z.union([z.string().max(10_000), z.number(), z.boolean()]),
)

export const CommitId = z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit id')

/** A problem a person can act on: what happened and why, what to do. */
export const Reason = z.object({ code: z.string(), message: z.string() }).meta({ id: 'Reason' })

/** A path below the work tree with `/` between its parts: no empty part, no `.`, `..` or `.git`. */
export const WorkPath = z
  .string()
  .min(1)
  .max(4096)
  .refine(
    (path) => !path.includes('\0') && path.split('/').every((part) => !/^(\.{0,2}|\.git)$/i.test(part)),
    'must be a path like src/main.ts, below the workspace',
  )
