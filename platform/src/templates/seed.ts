import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Remotes } from '../git/remotes.ts'
import type { TemplateEngine } from './engine.ts'
import { isOwnTemplate } from './names.ts'
import { readFolder } from './read-folder.ts'
import { publishTemplate } from './publish.ts'

const AUTHOR = { name: 'CodeNest', email: 'templates@codenest.dev' }

/** Brings the template repositories up to the folders below `folder`: a commit for each that changed. Their names. */
export async function seedTemplates(
  remotes: Remotes,
  folder: string,
  engine: TemplateEngine,
): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const { name } = entry
    if (isOwnTemplate(name))
      throw new Error(
        `${join(folder, name)}: names that begin with "my-" are those of people's own templates`,
      )
    const files = await readFolder(join(folder, name))
    const request = { name, files, author: AUTHOR, by: 'platform' }
    await publishTemplate(remotes, engine, {
      ...request,
      message: (isNew) => `${isNew ? 'Add' : 'Update'} template ${name}`,
    })
    names.push(name)
  }
  return names
}
