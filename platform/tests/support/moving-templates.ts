import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { commitFiles } from '../../src/git/commit-files.ts'
import type { Remotes } from '../../src/git/remotes.ts'
import { storeCommit } from '../../src/git/store-commit.ts'
import { TEMPLATE_AUTHOR } from '../../src/template-updates/refs.ts'
import { templateRepository } from '../../src/templates/catalogue.ts'

const BRANCH = 'refs/heads/main'

/** Writes a folder of templates that all begin with the same files. */
export async function writeTemplates(
  folder: string,
  names: string[],
  files: Record<string, string>,
): Promise<void> {
  for (const name of names)
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, name, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
}

/** A next revision of a template, as its author would push it; null takes a file out. Returns its commit id. */
export async function moveTemplate(
  remotes: Remotes,
  name: string,
  files: Record<string, string | null>,
): Promise<string> {
  const repository = remotes.repository(templateRepository(name))
  const version = await repository.head()
  const tip = version?.head.refs[BRANCH]
  if (!version || tip === undefined) throw new Error(`no template ${name}`)
  const changes = new Map(
    Object.entries(files).map(([path, text]) => [
      path,
      text === null ? null : { content: Buffer.from(text), mode: '100644' as const },
    ]),
  )
  const base = { commit: tip, objects: repository.objects(version) }
  const built = await commitFiles({ base, changes, message: 'Move on', author: TEMPLATE_AUTHOR })
  const update = { ref: BRANCH, old: tip, by: 'author' }
  if (!(await storeCommit(remotes, repository, version, built, update))) throw new Error('not stored')
  return built.commit
}
