import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { Name, Port } from '../protocol.ts'
import { ParameterName, Scalar, When } from './condition.ts'
import { LIMITS } from './limits.ts'
import { findInconsistencies } from './consistency.ts'
import { placeOf } from './place.ts'
import { TemplateError } from './problem.ts'

export const MANIFEST = 'template.yaml'

const Property = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean']),
  title: z.string().max(80).optional(),
  description: z.string().max(300).optional(),
  default: Scalar.optional(),
  enum: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .optional(),
  pattern: z.string().max(500).optional(),
  minLength: z.number().int().optional(),
  maxLength: z.number().int().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** It is there only when parameters before it have these values. */
  when: When.optional(),
})
export type Property = z.infer<typeof Property>

const Pattern = z.string().min(1).max(LIMITS.patternLength)

/** `template.yaml`. */
export const TemplateManifest = z.strictObject({
  title: z.string().min(1).max(80),
  description: z.string().min(1).max(300),
  /** Word for its drawing. */
  icon: Name.optional(),
  /** What it is found by. */
  tags: z.array(Name).max(12).default([]),
  /** JSON Schema of the parameters, in the order in which they are asked for. */
  parameters: z
    .strictObject({
      type: z.literal('object'),
      properties: z
        .record(ParameterName, Property)
        .refine(
          (properties) => Object.keys(properties).length <= LIMITS.parameters,
          `must be at most ${LIMITS.parameters}`,
        ),
      required: z.array(z.string()).default([]),
    })
    .default({ type: 'object', properties: {}, required: [] }),
  /** Files that are there only when parameters have these values. */
  files: z
    .array(z.strictObject({ path: Pattern, when: When }))
    .max(LIMITS.patterns)
    .default([]),
  /** Files that are copied as they are, name and all. */
  raw: z.array(Pattern).max(LIMITS.patterns).default([]),
  /** Shell command of the Run button; rendered. */
  run: z.string().min(1).max(2000).nullable().default(null),
  /** Ports the app listens on, or parameters that hold one (`'{{port}}'`); the first is the preview's default. */
  ports: z
    .array(
      z.union([
        Port,
        z.string().regex(/^\{\{[a-zA-Z][a-zA-Z0-9]*\}\}$/, "must be a port, or '{{parameter}}'"),
      ]),
    )
    .max(16)
    .default([]),
  /** Tools that it needs: engines that run images have one for each. */
  stack: Name.default('default'),
})
export type TemplateManifest = z.infer<typeof TemplateManifest>

/** Reads `template.yaml`; throws a `TemplateError` with the line of everything that is wrong. */
export function parseTemplateManifest(text: string): TemplateManifest {
  if (Buffer.byteLength(text) > LIMITS.manifestBytes) throw manifestError('it is larger than 64 KiB.')
  const lines = new LineCounter()
  const lineAt = (offset: number): number => lines.linePos(offset).line
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0)
    throw new TemplateError(
      broken.map(({ message, pos }) => ({ file: MANIFEST, line: lineAt(pos[0]), message: `${message}.` })),
    )
  let content: unknown
  try {
    content = document.toJS({ maxAliasCount: 0 })
  } catch {
    throw manifestError('it refers to itself: anchors and aliases are not allowed here.')
  }
  const parsed = TemplateManifest.safeParse(content)
  const issues = parsed.success ? findInconsistencies(parsed.data) : parsed.error.issues.flatMap(toIssues)
  if (issues.length > 0)
    throw new TemplateError(
      issues.map(({ path, message }) => ({
        file: MANIFEST,
        line: lineAt(placeOf(document, path)),
        message: `${path.length === 0 ? 'it' : path.join('.')} ${message}.`,
      })),
    )
  return parsed.data as TemplateManifest
}

export interface Issue {
  path: (string | number)[]
  message: string
}

/** An unknown key is named where it stands; of alternatives, what all of them miss. */
function toIssues(issue: z.core.$ZodIssue): Issue[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not known here' }))
  const said = issue.message.startsWith('Invalid input: ')
    ? issue.message
        .slice('Invalid input: '.length)
        .replace('expected', 'must be')
        .replace(/, received undefined$/, ', and is missing')
    : issue.message
  if (issue.code === 'invalid_key') return [{ path, message: 'must be named with letters and digits' }]
  if (said === 'Invalid input') return [{ path, message: 'has a value that cannot be meant' }]
  return [{ path, message: said.startsWith('must') ? said : `is not right: ${said}` }]
}

function manifestError(message: string): TemplateError {
  return new TemplateError([{ file: MANIFEST, line: null, message }])
}
