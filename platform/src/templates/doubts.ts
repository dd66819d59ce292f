import { MANIFEST } from './template.ts'
import type { TemplateManifest } from './template.ts'
import type { TemplateProblem } from './problem.ts'
import { examine, isOneOf } from './render.ts'
import type { Files } from './render.ts'

/** Parameters that change nothing, patterns that find nothing, and files that everybody expects. */
export function findDoubts(files: Files, manifest: TemplateManifest): TemplateProblem[] {
  const { parameters, ports, raw } = manifest
  const { used } = examine(files, manifest)
  for (const port of ports) if (typeof port === 'string') used.add(port.slice(2, -2))
  for (const { when } of [...manifest.files, ...Object.values(parameters.properties)])
    for (const name of Object.keys(when ?? {})) used.add(name)
  const unused = Object.keys(parameters.properties).filter((name) => !used.has(name))
  const patterns = [...raw, ...manifest.files.map(({ path }) => path)]
  const idle = patterns.filter((pattern) => ![...files.keys()].some((path) => isOneOf(path, [pattern])))
  const missing = ['README.md', '.gitignore'].filter((name) => !files.has(name) && !files.has(`${name}.hbs`))
  return [
    ...unused.map((name) => `the parameter ${name} is used nowhere.`),
    ...idle.map((pattern) => `the pattern ${pattern} finds no file.`),
    ...missing.map((name) => `there is no ${name}.`),
  ].map((message) => ({ file: MANIFEST, line: null, message }))
}
