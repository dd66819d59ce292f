import type { TemplatePreview } from '../protocol.ts'
import type { Catalogue } from './catalogue.ts'
import type { ParameterValues } from './condition.ts'

/** Bytes of a file, and of all files together, that a preview shows. */
const MAX_SHOWN = 128 * 1024
const MAX_TOGETHER = 2 * 1024 * 1024

/** A dry run: everything that a workspace would begin with. Throws an `AppError` when it could not be made. */
export async function previewTemplate(
  catalogue: Catalogue,
  name: string,
  parameters: ParameterValues,
): Promise<TemplatePreview> {
  const revision = await catalogue.latest(name)
  const [rendered, { run, ports }] = await Promise.all([
    catalogue.render(name, revision, parameters),
    catalogue.launch(name, revision, parameters),
  ])
  let room = MAX_TOGETHER
  const files = [...rendered]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { mode, content }]) => {
      const size = content.length
      const text = size <= Math.min(MAX_SHOWN, room) ? textOf(content) : null
      if (text !== null) room -= size
      return { path, mode, size, content: text }
    })
  return { revision, run, ports, files }
}

/** null when it is none. */
function textOf(content: Uint8Array): string | null {
  if (content.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return null
  }
}
