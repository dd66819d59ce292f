import { matchesGlob } from 'node:path'
import type { FileContent } from '../git/commit-files.ts'
import { isMet } from './condition.ts'
import type { ParameterValues } from './condition.ts'
import { LIMITS } from './limits.ts'
import { assertLinkInside, renderPath } from './paths.ts'
import { TemplateError, templateError } from './problem.ts'
import type { TemplateProblem } from './problem.ts'
import { MANIFEST } from './template.ts'
import type { TemplateManifest } from './template.ts'
import { TemplateText } from './text.ts'
import type { Values } from './text.ts'

export type Files = Map<string, FileContent>

const ENDING = '.hbs'

/** What the texts of a template can name. */
export function valuesOf({ parameters }: TemplateManifest, filled: ParameterValues): Values {
  return new Map(
    Object.keys(parameters.properties).map((name) => [
      name,
      Object.hasOwn(filled, name) ? (filled[name] ?? null) : null,
    ]),
  )
}

/** Throws a `TemplateError` when a template is larger than templates may be. */
export function assertWithinLimits(files: Files): void {
  if (files.size > LIMITS.files)
    throw templateError(MANIFEST, null, `the template has more than ${LIMITS.files} files.`)
  let bytes = 0
  for (const [path, { content }] of files) {
    bytes += content.length
    if (path.length > LIMITS.pathLength || path.split('/').length > LIMITS.pathDepth)
      throw templateError(path.slice(0, LIMITS.pathLength), null, 'its path is too long.')
    if (path.endsWith(ENDING) && content.length > LIMITS.sourceBytes)
      throw templateError(
        path,
        null,
        `it is larger than ${LIMITS.sourceBytes / 2 ** 10} KiB, too large to be rendered. Is it meant to be raw?`,
      )
  }
  if (bytes > LIMITS.bytes) throw templateError(MANIFEST, null, 'the template has more than 16 MiB.')
}

/** Everything that is wrong with the texts of a template, and the parameters that they use. */
export function examine(
  files: Files,
  manifest: TemplateManifest,
): { problems: TemplateProblem[]; used: Set<string> } {
  const declared = new Set(Object.keys(manifest.parameters.properties))
  const problems: TemplateProblem[] = []
  const used = new Set<string>()
  const look = (file: string, text: string): void => {
    try {
      for (const name of TemplateText.parse(file, text, declared).names) used.add(name)
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      problems.push(...error.problems)
    }
  }
  for (const [path, file] of files) {
    if (isOneOf(path, manifest.raw)) continue
    for (const part of path.split('/')) look(path, part)
    if (isText(path, file)) look(path, Buffer.from(file.content).toString())
  }
  look(MANIFEST, manifest.run ?? '')
  return { problems, used }
}

/**
 * Renders a template with parameters that were checked: names of files and the contents of `.hbs` files, whose ending
 * is dropped; everything else is copied, with modes and links. Throws a `TemplateError`.
 */
export function renderTemplate(files: Files, manifest: TemplateManifest, filled: ParameterValues): Files {
  assertWithinLimits(files)
  const values = valuesOf(manifest, filled)
  const declared = new Set(values.keys())
  const rendered: Files = new Map()
  const sources = new Map<string, string>()
  const folders = new Map<string, string>()
  let room: number = LIMITS.bytes
  for (const [path, file] of files) {
    const raw = isOneOf(path, manifest.raw)
    const rules = manifest.files.filter((rule) => isOneOf(path, [rule.path]))
    if (!rules.every(({ when }) => isMet(when, filled))) continue
    const isTemplate = !raw && isText(path, file)
    const name = isTemplate ? path.slice(0, -ENDING.length) : path
    const target = renderPath(name, raw ? null : values)
    claim(path, target, sources, folders)
    if (file.mode === '120000') assertLinkInside(path, target, file.content)
    const content = isTemplate ? renderText(path, file, values, declared, room) : file.content
    room -= content.length
    if (room < 0) throw templateError(path, null, 'with it, the template renders to more than 16 MiB.')
    rendered.set(target, { ...file, content })
  }
  return rendered
}

/** The Run button's command, and the ports. */
export function renderLaunch(
  { run, ports, ...manifest }: TemplateManifest,
  filled: ParameterValues,
): { run: string | null; ports: number[] } {
  const values = valuesOf({ run, ports, ...manifest }, filled)
  const command = TemplateText.parse(MANIFEST, run ?? '', new Set(values.keys())).render(
    values,
    LIMITS.sourceBytes,
  )
  const numbers = ports.map((port) => (typeof port === 'number' ? port : values.get(port.slice(2, -2))))
  return {
    run: command.trim() === '' ? null : command,
    ports: [...new Set(numbers.filter((port) => typeof port === 'number'))],
  }
}

function renderText(
  path: string,
  { content }: FileContent,
  values: Values,
  declared: Set<string>,
  room: number,
): Buffer {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    throw templateError(
      path,
      null,
      'it is no text in UTF-8, so that it cannot be rendered. Is it meant to be raw?',
    )
  }
  try {
    return Buffer.from(TemplateText.parse(path, text, declared).render(values, room))
  } catch (error) {
    if (error instanceof RangeError)
      throw templateError(path, null, 'with it, the template renders to more than 16 MiB.')
    throw error
  }
}

/** Nothing is written twice, and no folder is a file. */
function claim(
  path: string,
  target: string,
  sources: Map<string, string>,
  folders: Map<string, string>,
): void {
  const refuse = (other: string): never => {
    throw templateError(path, null, `it would be written to ${JSON.stringify(target)}, as would ${other}.`)
  }
  const other = sources.get(target) ?? folders.get(target)
  if (other !== undefined) refuse(other)
  sources.set(target, path)
  for (let at = target.lastIndexOf('/'); at > 0; at = target.lastIndexOf('/', at - 1)) {
    const folder = target.slice(0, at)
    const file = sources.get(folder)
    if (file !== undefined) refuse(file)
    folders.set(folder, path)
  }
}

function isText(path: string, { mode }: FileContent): boolean {
  return path.endsWith(ENDING) && mode !== '120000'
}

/** A pattern is about a file of the template, with or without the ending that is dropped; `**` is about all of them. */
export function isOneOf(path: string, patterns: string[]): boolean {
  const bare = path.endsWith(ENDING) ? path.slice(0, -ENDING.length) : path
  return patterns.some(
    // By itself it does not mean hidden files.
    (pattern) => pattern === '**' || matchesGlob(path, pattern) || matchesGlob(bare, pattern),
  )
}
