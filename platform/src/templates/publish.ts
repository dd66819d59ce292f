import { AppError } from '../errors.ts'
import { commitFiles } from '../git/commit-files.ts'
import type { FileContent } from '../git/commit-files.ts'
import { fileChanges, toCommit } from '../git/file-changes.ts'
import { ingestSmall } from '../git/ingest.ts'
import { listFilesAt } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import { storeCommit } from '../git/store-commit.ts'
import type { TemplateEngine } from './engine.ts'
import { templateRepository } from './names.ts'

export const TEMPLATE_BRANCH = 'refs/heads/main'

export interface NewRevision {
  name: string
  /** All of them, `template.yaml` too. */
  files: Map<string, FileContent>
  /** Of the commit; `isNew`: it is the template's first. */
  message: (isNew: boolean) => string
  author: { name: string; email: string }
  by: string
}

/**
 * Makes these files the newest revision of a template, after the engine has looked at them: its first one in a repository
 * of its own, or a commit upon the last one. A revision that changes nothing is none. Throws an `AppError` and writes
 * nothing when they are no template.
 */
export async function publishTemplate(
  remotes: Remotes,
  engine: TemplateEngine,
  { name, files, message, author, by }: NewRevision,
): Promise<void> {
  const id = templateRepository(name)
  const repository = remotes.repository(id)
  const version = await repository.head()
  const tip = version?.head.refs[TEMPLATE_BRANCH]
  if (!version || tip === undefined) {
    await engine.run('read', files)
    const { commit, pack } = await commitFiles({ base: null, changes: files, message: message(true), author })
    const refs = { [TEMPLATE_BRANCH]: commit }
    const made = { head: TEMPLATE_BRANCH, refs, pack: ingestSmall(pack).pack, by }
    if (!(await remotes.create(id, made))) throw movedOn(name)
    return
  }
  const objects = repository.objects(version)
  const changes = fileChanges(await listFilesAt(objects, tip), files)
  if (changes.length === 0) return
  await engine.run('read', files)
  const built = await commitFiles({
    base: { commit: tip, objects },
    changes: toCommit(changes),
    message: message(false),
    author,
  })
  const update = { ref: TEMPLATE_BRANCH, old: tip, by }
  if (!(await storeCommit(remotes, repository, version, built, update))) throw movedOn(name)
}

function movedOn(name: string): AppError {
  return new AppError(
    409,
    'template_busy',
    `The template "${name}" was changed by somebody else at the same moment. Try again.`,
  )
}
