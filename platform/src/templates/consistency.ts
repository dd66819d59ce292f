import { HELPERS } from './helpers.ts'
import { defaultProblem } from './parameters.ts'
import { TemplateError } from './problem.ts'
import type { When } from './condition.ts'
import type { Issue, Property, TemplateManifest } from './template.ts'
import { TemplateText } from './text.ts'

/** What is wrong with a manifest though each part of it alone is right. */
export function findInconsistencies({ parameters, files, run, ports }: TemplateManifest): Issue[] {
  const { properties, required } = parameters
  const names = Object.keys(properties)
  const root = ['parameters', 'properties']
  const issues: Issue[] = []
  for (const [index, [name, property]] of Object.entries(properties).entries()) {
    const path = [...root, name]
    if (name in {} || Object.hasOwn(HELPERS, name) || name === 'if' || name === 'unless')
      issues.push({ path, message: 'has a name that is taken' })
    issues.push(...propertyIssues(property, path))
    const before = Object.fromEntries(Object.entries(properties).slice(0, index))
    issues.push(...whenIssues(property.when, [...path, 'when'], before, ' before this one'))
  }
  for (const [index, name] of required.entries())
    if (!names.includes(name))
      issues.push({
        path: ['parameters', 'required', index],
        message: `names "${name}", which is no parameter`,
      })
  for (const [index, { when }] of files.entries())
    issues.push(...whenIssues(when, ['files', index, 'when'], properties, ''))
  issues.push(...runIssues(run, names))
  for (const [index, port] of ports.entries()) {
    if (typeof port === 'number') continue
    const { type, minimum = 0, maximum = Infinity } = properties[port.slice(2, -2)] ?? {}
    if (type !== 'integer' || minimum < 1 || maximum > 65535)
      issues.push({
        path: ['ports', index],
        message: `names ${port}, which is no parameter of type integer with a minimum and a maximum within 1 and 65535`,
      })
  }
  return issues
}

function propertyIssues(property: Property, path: (string | number)[]): Issue[] {
  const { type, pattern } = property
  if (property.enum && type === 'boolean')
    return [{ path: [...path, 'enum'], message: 'cannot be of a boolean' }]
  const kind = type === 'integer' ? 'number' : type
  if (property.enum?.some((value) => typeof value !== kind))
    return [{ path: [...path, 'enum'], message: `has a value that is no ${kind}` }]
  if (pattern !== undefined && !isPattern(pattern))
    return [{ path: [...path, 'pattern'], message: 'is no regular expression' }]
  const strings = (['pattern', 'minLength', 'maxLength'] as const).find((key) => property[key] !== undefined)
  if (strings !== undefined && type !== 'string')
    return [{ path: [...path, strings], message: 'is for strings only' }]
  const numbers = (['minimum', 'maximum'] as const).find((key) => property[key] !== undefined)
  if (numbers !== undefined && kind !== 'number')
    return [{ path: [...path, numbers], message: 'is for numbers only' }]
  const problem = defaultProblem(property)
  return problem === null ? [] : [{ path: [...path, 'default'], message: problem }]
}

function whenIssues(
  when: When | undefined,
  path: (string | number)[],
  properties: Record<string, Property>,
  where: string,
): Issue[] {
  return Object.entries(when ?? {}).flatMap(([name, wanted]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!property) return [{ path: [...path, name], message: `names no parameter${where}` }]
    const kind = property.type === 'integer' ? 'number' : property.type
    const allowed: unknown[] | undefined = property.enum
    const never = [wanted].flat().find((value) => typeof value !== kind || allowed?.includes(value) === false)
    return never === undefined
      ? []
      : [{ path: [...path, name], message: `can never be ${JSON.stringify(never)}` }]
  })
}

function runIssues(run: string | null, names: string[]): Issue[] {
  try {
    TemplateText.parse('run', run ?? '', new Set(names))
    return []
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return error.problems.map(({ message }) => ({
      path: ['run'],
      message: `cannot be rendered: ${message.replace(/\.$/, '')}`,
    }))
  }
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}
