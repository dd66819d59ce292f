import type { FileContent } from '../git/commit-files.ts'
import { commitFiles } from '../git/commit-files.ts'
import { git } from '../git/git-process.ts'
import { hashObject, ZERO_OID } from '../git/object-id.ts'
import { listFilesAt } from '../git/read-files.ts'
import type { TreeFile } from '../git/read-files.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import { storeCommit } from '../git/store-commit.ts'
import { TEMPLATE_AUTHOR, TEMPLATE_BASE } from './refs.ts'

/** What the template gave a workspace at the revision that it is recorded with. */
export type RenderGiven = () => Promise<Map<string, FileContent>>

/** The files that the template gave last. */
export async function listGiven(
  remotes: Remotes,
  id: string,
  version: HeadVersion,
  render: RenderGiven,
): Promise<TreeFile[]> {
  const base = version.head.refs[TEMPLATE_BASE]
  if (base !== undefined) return listFilesAt(remotes.repository(id).objects(version), base)
  return [...(await render())].map(([path, { content, mode }]) => ({
    path,
    oid: hashObject('blob', content),
    mode,
  }))
}

/**
 * Makes sure that a workspace has the commit of what its template gave. One that was made before these were kept has it
 * as the first commit of a branch, which its files tell; where that is gone, or never was (a fork of somebody else's
 * files), it is made of the recorded revision and answers, and is related to no branch.
 */
export async function ensureBase(
  remotes: Remotes,
  id: string,
  version: HeadVersion,
  render: RenderGiven,
  message: string,
  signal: AbortSignal,
): Promise<void> {
  if (version.head.refs[TEMPLATE_BASE] !== undefined) return
  const repository = remotes.repository(id)
  const built = await commitFiles({ base: null, changes: await render(), message, author: TEMPLATE_AUTHOR })
  const update = { ref: TEMPLATE_BASE, old: ZERO_OID, by: 'platform' }
  const first = await findFirst(remotes, id, version, built.tree, signal)
  if (first === null) await storeCommit(remotes, repository, version, built, update)
  else {
    const updates = [{ ...update, new: first }]
    await repository.publish({ updates, packs: [], by: update.by, atomic: true }, async () => {})
  }
}

/** A commit without parents, of any branch, that has exactly these files. */
async function findFirst(
  remotes: Remotes,
  id: string,
  version: HeadVersion,
  tree: string,
  signal: AbortSignal,
): Promise<string | null> {
  const args = ['log', '--branches', '--max-parents=0', '--format=%T %H']
  const listed = await remotes.views.use(id, version, (gitDir) => git(args, { gitDir, signal }))
  const found = listed
    .toString()
    .split('\n')
    .find((line) => line.startsWith(`${tree} `))
  return found?.slice(tree.length + 1) ?? null
}
