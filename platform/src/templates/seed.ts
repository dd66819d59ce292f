import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import type { Remotes } from '../git/remotes.ts'
import type { TemplateEngine } from './engine.ts'
import { isOwnTemplate } from './names.ts'
import { readFolder } from './read-folder.ts'
import { publishTemplate } from './publish.ts'
import type { NewRevision } from './publish.ts'

/** Replicas that start at the same moment bring in the same: who comes second finds nothing left to do. */
const ATTEMPTS = 5
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
    await publish(remotes, engine, {
      name,
      files,
      author: AUTHOR,
      by: 'platform',
      message: (isNew) => `${isNew ? 'Add' : 'Update'} template ${name}`,
    })
    names.push(name)
  }
  return names
}

async function publish(remotes: Remotes, engine: TemplateEngine, revision: NewRevision): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await publishTemplate(remotes, engine, revision)
    } catch (error) {
      const isBusy = error instanceof AppError && error.code === 'template_busy'
      if (!isBusy || attempt === ATTEMPTS) throw error
    }
}
