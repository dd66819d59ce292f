import { once } from 'node:events'
import { AppError } from '../errors.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'

/** Milliseconds until a commit of the clone has to be in the workspace's remote. */
const PATIENCE = 20_000
/** Another platform may have taken it, and not be able to tell. */
const LOOK_AGAIN = 1_000

/**
 * The branch as the workspace's remote has it, once that is `commit` (null: as it is): what was committed a moment ago
 * comes there with the next save, within `patience` milliseconds. Throws an `AppError` when there is no such branch, or the commit does not come.
 */
export async function awaitCommit(
  remotes: Remotes,
  id: string,
  branch: string,
  commit: string | null,
  signal: AbortSignal,
  patience = PATIENCE,
): Promise<{ version: HeadVersion; commit: string }> {
  const deadline = AbortSignal.timeout(patience)
  let changed = new AbortController()
  using _subscription = remotes.subscribe((repository) => repository === id && changed.abort())
  for (;;) {
    changed = new AbortController()
    const version = await remotes.repository(id).head(signal)
    const found = version?.head.refs[`refs/heads/${branch}`]
    if (version && found !== undefined && (commit === null || found === commit))
      return { version, commit: found }
    if (commit === null)
      throw new AppError(
        409,
        'branch_not_saved',
        `The workspace has no branch ${branch} with a commit. Commit something first.`,
      )
    if (deadline.aborted)
      throw new AppError(
        409,
        'branch_not_saved',
        `The last commits of ${branch} have not reached the workspace's repository yet. Wait until the page says "Saved", then try again.`,
      )
    const wake = AbortSignal.any([signal, deadline, changed.signal, AbortSignal.timeout(LOOK_AGAIN)])
    if (!wake.aborted) await once(wake, 'abort')
    signal.throwIfAborted()
  }
}
