import { Ajv } from 'ajv'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import { Name, Port } from '../protocol.ts'

const Property = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean']),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  pattern: z.string().optional(),
  minLength: z.number().int().optional(),
  maxLength: z.number().int().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
})

/** `template.yaml`. */
export const TemplateManifest = z.strictObject({
  title: z.string().min(1).max(80),
  description: z.string().min(1).max(300),
  /** JSON Schema of the parameters. */
  parameters: z
    .strictObject({
      type: z.literal('object'),
      properties: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/), Property),
      required: z.array(z.string()).default([]),
    })
    .default({ type: 'object', properties: {}, required: [] }),
  /** Shell command of the Run button. */
  run: z.string().min(1).nullable().default(null),
  /** Ports the app listens on; the first is the preview's default. */
  ports: z.array(Port).max(16).default([]),
  /** Tools that it needs: engines that run images have one for each. */
  stack: Name.default('default'),
})
export type TemplateManifest = z.infer<typeof TemplateManifest>

export type ParameterValues = Record<string, string | number | boolean>

/** Reads `template.yaml`; the error names the line or the key that is wrong. */
export function parseTemplateManifest(text: string): TemplateManifest {
  const document = parseDocument(text)
  const [problem] = document.errors
  if (problem) throw new AppError(422, 'invalid_template', `template.yaml cannot be read: ${problem.message}`)
  const parsed = TemplateManifest.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  throw new AppError(422, 'invalid_template', `template.yaml is not valid: ${z.prettifyError(parsed.error)}`)
}

/** The values with defaults filled in. Throws an `AppError` that names each parameter that is wrong. */
export function checkParameters(
  schema: TemplateManifest['parameters'],
  values: ParameterValues,
): ParameterValues {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: true })
  const validate = ajv.compile({ ...schema, additionalProperties: false })
  const filled = { ...values }
  if (validate(filled)) return filled
  const details = (validate.errors ?? []).map(({ instancePath, keyword, message, params }) => {
    const named = (params['missingProperty'] ?? params['additionalProperty'] ?? '') as string
    const path = `${instancePath}${named === '' ? '' : `/${named}`}`.slice(1)
    const said =
      keyword === 'additionalProperties' ? 'is not a parameter of this template' : (message ?? 'is not valid')
    return { path: `source.parameters.${path}`, message: said }
  })
  const said = details.map(({ path, message }) => `${path.split('.').pop()} ${message}`).join('; ')
  throw new AppError(422, 'invalid_parameters', `The template's parameters are not right: ${said}.`, {
    details,
  })
}
