import { AppError } from '../errors.ts'
import type { Head } from '../git/head.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import { isHiddenRef, isRefName, SAVES_PREFIX } from '../git/ref-name.ts'
import type { Remotes } from '../git/remotes.ts'
import { TEMPLATE_BASE } from '../template-updates/refs.ts'
import { nextSession } from '../workspaces/next-session.ts'
import { CommitMemory } from './commits.ts'
import type { CommitInfo } from './commits.ts'

export interface ForkRequest {
  /** Id of the workspace that is forked. */
  workspace: string
  /** A save or commit of it. */
  commit: string
}

/**
 * Makes the repository of a workspace that opens as another one was in a save or commit. No object is copied. False
 * when it exists already; throws an `AppError` when there is no such commit, or not any more.
 */
export async function forkRepository(
  remotes: Remotes,
  id: string,
  { workspace, commit }: ForkRequest,
  by: string,
): Promise<boolean> {
  const parent = remotes.repository(workspace)
  const version = await parent.head()
  const found = version && (await new CommitMemory().reader(workspace, parent.objects(version))(commit))
  if (!version || !found) throw forkParentGone(workspace, commit)
  const { head, refs } = found.save
    ? asOfSave(version.head, found, remotes.clock.now())
    : asOfCommit(version.head, commit)
  // What nothing reached may be collected between this look and the making.
  const check = async (objects: ObjectReader): Promise<void> => {
    if (!(await objects.has(commit))) throw forkParentGone(workspace, commit)
  }
  return remotes.create(id, { head, refs, pack: null, by, parent: workspace, check })
}

export function forkParentGone(workspace: string, commit: string): AppError {
  return new AppError(
    422,
    'fork_parent_gone',
    `The workspace "${workspace}" has no save or commit ${commit}, or not any more. Choose one of its history.`,
  )
}

/**
 * The save becomes the first session, which the first start continues: with its files, HEAD, and what was staged. Its
 * branch stands where it stood then; the others are where they are now, for a save does not tell of them.
 */
function asOfSave(parent: Head, { oid, save }: CommitInfo, now: number): Pick<Head, 'head' | 'refs'> {
  const branch = save && save.head.startsWith('refs/heads/') && isRefName(save.head) ? save.head : null
  const refs = userRefs(parent)
  if (branch !== null) {
    for (const ref of Object.keys(refs))
      if (ref === branch || ref.startsWith(`${branch}/`) || branch.startsWith(`${ref}/`)) delete refs[ref]
    if (save?.headCommit) refs[branch] = save.headCommit
  }
  refs[SAVES_PREFIX + nextSession({}, now)] = oid
  return { head: branch ?? parent.head, refs }
}

/** On the branch whose newest commit it is, else on the main one, which is brought there. */
function asOfCommit(parent: Head, commit: string): Pick<Head, 'head' | 'refs'> {
  const refs = userRefs(parent)
  const branches = Object.keys(refs).filter((ref) => ref.startsWith('refs/heads/') && refs[ref] === commit)
  const head = branches.includes(parent.head) ? parent.head : (branches.sort()[0] ?? parent.head)
  refs[head] = commit
  return { head, refs }
}

/** Not the saves, but what its template gave: an update of the fork is merged on top of that, too. */
function userRefs({ refs }: Head): Record<string, string> {
  return Object.fromEntries(
    Object.entries(refs).filter(([ref]) => !isHiddenRef(ref) || ref === TEMPLATE_BASE),
  )
}
