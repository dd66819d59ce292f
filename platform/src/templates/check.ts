import { AppError } from '../errors.ts'
import { isMet } from './condition.ts'
import type { ParameterValues, Scalar } from './condition.ts'
import type { TemplateEngine } from './engine.ts'
import { showProblem } from './problem.ts'
import type { Files } from './render.ts'
import { MANIFEST } from './template.ts'
import type { TemplateManifest } from './template.ts'

export interface CheckReport {
  /** What is wrong, one a line, with files and lines. */
  problems: string[]
  /** What is not wrong, but hardly meant. */
  doubts: string[]
  /** What was rendered: each choice of a parameter once. */
  variants: ParameterValues[]
  /** With the given values; null when there are problems. */
  rendered: { files: Files; run: string | null; ports: number[] } | null
}

/** Lints a template for its author, and renders it with `values`, then with every other choice that it offers. */
export async function checkTemplate(
  engine: TemplateEngine,
  files: Files,
  values: Record<string, string>,
): Promise<CheckReport> {
  const problems: string[] = []
  const attempt = async <T>(what: string, work: Promise<T>): Promise<T | null> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { details = [] } = error
      const places = error.code === 'invalid_parameters' ? [] : details
      problems.push(
        ...(places.length > 0
          ? places.map(({ path, message }) => `${path}: ${message}`)
          : [error.message]
        ).map((text) => what + text),
      )
      return null
    }
  }
  const manifest = await attempt('', engine.run('read', files))
  if (!manifest) return { problems, doubts: [], variants: [], rendered: null }
  const contents = new Map(files)
  contents.delete(MANIFEST)
  const doubts = await engine.run('doubts', contents, manifest)
  const given = typed(manifest, values)
  const build = async (parameters: ParameterValues) => {
    const rendered = await engine.run('render', contents, manifest, parameters)
    return { files: rendered, ...(await engine.run('launch', manifest, parameters)) }
  }
  const rendered = await attempt('', build(given))
  const variants = rendered ? variantsOf(manifest, given) : []
  for (const variant of variants) await attempt(`with ${JSON.stringify(variant)}: `, build(variant))
  return {
    problems: [...new Set(problems)],
    doubts: doubts.map(showProblem),
    variants,
    rendered: problems.length === 0 ? rendered : null,
  }
}

/** From a command line, where everything is text. */
function typed({ parameters }: TemplateManifest, values: Record<string, string>): ParameterValues {
  const convert = (name: string, value: string): Scalar => {
    const type = Object.hasOwn(parameters.properties, name) ? parameters.properties[name]?.type : undefined
    if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
    return (type === 'number' || type === 'integer') && value.trim() !== '' && !Number.isNaN(Number(value))
      ? Number(value)
      : value
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, convert(name, value)]))
}

/** Each other choice once, with what its own condition asks for and without what is not there then. */
export function variantsOf({ parameters }: TemplateManifest, given: ParameterValues): ParameterValues[] {
  const { properties } = parameters
  const needs = (name: string): ParameterValues => {
    const { when = {} } = properties[name] ?? {}
    const own = Object.entries(when).map(([other, wanted]) => [other, [wanted].flat()[0]] as [string, Scalar])
    return Object.assign(
      {},
      ...own.map(([other]) => needs(other)),
      Object.fromEntries(own),
    ) as ParameterValues
  }
  const possible = (values: ParameterValues): ParameterValues => {
    const there: ParameterValues = {}
    const kept: ParameterValues = {}
    for (const [name, { when, default: usual }] of Object.entries(properties)) {
      if (!isMet(when, there)) continue
      const value = values[name] ?? usual
      if (value !== undefined) there[name] = value
      if (values[name] !== undefined) kept[name] = values[name]
    }
    return kept
  }
  return Object.entries(properties).flatMap(([name, property]) => {
    const choices: Scalar[] = property.type === 'boolean' ? [true, false] : (property.enum ?? [])
    const usual = given[name] ?? property.default
    return choices
      .filter((choice) => choice !== usual)
      .map((choice) => possible({ ...given, ...needs(name), [name]: choice }))
  })
}
