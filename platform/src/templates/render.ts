import Handlebars from 'handlebars'
import { AppError } from '../errors.ts'
import type { FileContent } from '../git/commit-files.ts'
import type { ParameterValues } from './template.ts'

const MAX_RENDERED_BYTES = 16 * 1024 * 1024
/** By name; `lookup` and `log` are Handlebars' own and switched off. */
const HELPERS = { if: true, unless: true, each: true, with: true, eq: true, lookup: false, log: false }

/**
 * Renders a template: file names and the contents of `.hbs` files, whose ending is dropped; everything else is
 * copied. Strict: a name that is no parameter is an error, and nothing but the parameters can be reached.
 */
export function renderTemplate(
  files: Map<string, FileContent>,
  parameters: ParameterValues,
): Map<string, FileContent> {
  const engine = Handlebars.create()
  engine.registerHelper('eq', (a: unknown, b: unknown) => a === b)
  const render = (path: string, text: string): string => {
    try {
      return engine.compile(text, {
        strict: true,
        noEscape: true,
        knownHelpers: HELPERS,
        knownHelpersOnly: true,
      })(parameters, { allowProtoMethodsByDefault: false, allowProtoPropertiesByDefault: false })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new AppError(
        422,
        'template_failed',
        `The template's file ${path} cannot be rendered: ${reason}`,
        { cause: error },
      )
    }
  }
  const rendered = new Map<string, FileContent>()
  let size = 0
  for (const [path, file] of files) {
    const isTemplate = path.endsWith('.hbs')
    const target = render(path, isTemplate ? path.slice(0, -'.hbs'.length) : path)
    assertInside(path, target)
    const content = isTemplate
      ? Buffer.from(render(path, Buffer.from(file.content).toString()))
      : file.content
    size += content.length
    if (size > MAX_RENDERED_BYTES)
      throw new AppError(422, 'template_failed', 'The template renders to more than 16 MiB.')
    rendered.set(target, { ...file, content })
  }
  return rendered
}

function assertInside(path: string, target: string): void {
  const bad = target
    .split('/')
    .some((part) => ['', '.', '..'].includes(part) || part.toLowerCase() === '.git')
  if (bad || target.includes('\0'))
    throw new AppError(
      422,
      'template_failed',
      `The template's file ${path} would become ${JSON.stringify(target)}.`,
    )
}
