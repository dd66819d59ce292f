import { Ajv } from 'ajv'
import { AppError } from '../errors.ts'
import { isMet, showCondition } from './condition.ts'
import type { ParameterValues } from './condition.ts'
import type { Property, TemplateManifest } from './template.ts'

type Schema = TemplateManifest['parameters']

/** A property as JSON Schema knows it. */
function jsonSchema({ when: _when, ...schema }: Property): object {
  return schema
}

/**
 * The values with defaults filled in, and without those whose condition is not met. Throws an `AppError` that names
 * each parameter that is wrong. Patterns are the template's own: who does not trust it calls this where it can be ended.
 */
export function checkParameters(schema: Schema, values: ParameterValues): ParameterValues {
  const filled: ParameterValues = {}
  const there: Record<string, Property> = {}
  // Conditions are about parameters that come before.
  for (const [name, property] of Object.entries(schema.properties)) {
    if (!isMet(property.when, filled)) continue
    there[name] = property
    const value = Object.hasOwn(values, name) ? values[name] : property.default
    if (value !== undefined) filled[name] = value
  }
  const details: { path: string; message: string }[] = []
  const wrong = (name: string, message: string): void =>
    void details.push({ path: `source.parameters.${name}`, message })
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(there, name)) continue
    const when = Object.hasOwn(schema.properties, name) ? schema.properties[name]?.when : undefined
    wrong(
      name,
      when ? `can be given only when ${showCondition(when)}` : 'is not a parameter of this template',
    )
  }
  const ajv = new Ajv({ allErrors: true, strict: true })
  const validate = ajv.compile({
    type: 'object',
    properties: Object.fromEntries(Object.entries(there).map(([name, one]) => [name, jsonSchema(one)])),
    required: schema.required.filter((name) => Object.hasOwn(there, name)),
  })
  validate(filled)
  for (const { instancePath, message, params } of validate.errors ?? [])
    wrong(
      (params['missingProperty'] as string | undefined) ?? instancePath.slice(1),
      'allowedValues' in params
        ? `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`
        : (message ?? 'is not valid'),
    )
  if (details.length === 0) return filled
  const said = details.map(({ path, message }) => `${path.split('.').pop()} ${message}`).join('; ')
  throw new AppError(422, 'invalid_parameters', `The template's parameters are not right: ${said}.`, {
    details,
  })
}

/** Of answers that were given to another revision of the template, those that hold for this one: what is gone, or not allowed any more, is left out. */
export function carryParameters(schema: Schema, answers: ParameterValues): ParameterValues {
  const ajv = new Ajv({ strict: true })
  const carried: ParameterValues = {}
  const filled: ParameterValues = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    if (!isMet(property.when, filled)) continue
    const answer = Object.hasOwn(answers, name) ? answers[name] : undefined
    const value =
      answer !== undefined && ajv.validate(jsonSchema(property), answer) ? answer : property.default
    if (value === undefined) continue
    filled[name] = value
    if (value === answer) carried[name] = value
  }
  return carried
}

/** Why a parameter's own default is none; null when it is one, or there is none. */
export function defaultProblem(property: Property): string | null {
  if (property.default === undefined) return null
  const ajv = new Ajv({ strict: true })
  const validate = ajv.compile(jsonSchema(property))
  return validate(property.default) ? null : (validate.errors?.[0]?.message ?? 'is not valid')
}
