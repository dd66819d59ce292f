import git from 'isomorphic-git'
import type { PromiseFsClient } from 'isomorphic-git'
import { AppError } from '../errors.ts'
import { SAVES_PREFIX } from '../git/ref-name.ts'
import { createObjectFs, GIT_DIR } from '../git/object-fs.ts'
import type { Repository } from '../git/repository.ts'
import { readFileAt } from '../git/read-files.ts'
import type { FileAtCommit, Save } from '../protocol.ts'

const MAX_SAVES = 200
/** As large as the editor opens. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024

/** The newest saves of a workspace, newest first, whether it runs or not. */
export async function listSaves(repository: Repository): Promise<Save[]> {
  const version = await repository.head()
  if (!version) return []
  const fs = createObjectFs(repository.objects(version))
  // Sessions are ULIDs: their names sort by time.
  const refs = Object.keys(version.head.refs)
    .filter((name) => name.startsWith(SAVES_PREFIX))
    .sort()
    .toReversed()
  const saves: Save[] = []
  const seen = new Set<string>()
  for (const ref of refs) {
    const session = ref.slice(SAVES_PREFIX.length)
    let oid = version.head.refs[ref]
    while (oid !== undefined && saves.length < MAX_SAVES && !seen.has(oid)) {
      seen.add(oid)
      const { commit } = await git.readCommit({ fs, gitdir: GIT_DIR, oid })
      if (!isSave(commit.message)) break
      const [message = ''] = commit.message.split('\n')
      const at = new Date(commit.committer.timestamp * 1000).toISOString()
      saves.push({ id: oid, session, at, author: commit.author.name, message })
      oid = await previousSave(fs, commit.parent)
    }
  }
  return saves
}

/** After a commit of the user, the commit is the first parent and the save before it the second. */
async function previousSave(fs: PromiseFsClient, parents: string[]): Promise<string | undefined> {
  for (const oid of parents.slice(0, 2)) {
    const { commit } = await git.readCommit({ fs, gitdir: GIT_DIR, oid })
    if (isSave(commit.message)) return oid
  }
  return undefined
}

function isSave(message: string): boolean {
  return /^Codenest-Head: /m.test(message)
}

/** A text file as it was in a save or commit. Throws an `AppError` when there is no such commit. */
export async function readTextAt(
  repository: Repository,
  commit: string,
  path: string,
): Promise<FileAtCommit> {
  const version = await repository.head()
  const objects = version && repository.objects(version)
  if (!objects || (await objects.read(commit))?.type !== 'commit')
    throw new AppError(
      404,
      'commit_not_found',
      'There is no such save in this workspace. Reload the history.',
    )
  const content = await readFileAt(objects, commit, path)
  if (content === null) return { content: null, problem: null }
  if (content.length > MAX_TEXT_BYTES) return { content: null, problem: 'It is too large to be shown.' }
  try {
    if (!content.includes(0))
      return {
        content: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content),
        problem: null,
      }
  } catch {
    // Told below, like a NUL.
  }
  return { content: null, problem: 'It is not text in UTF-8.' }
}
