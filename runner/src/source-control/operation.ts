import { readState } from '../git/head.ts'
import { GitRefused } from './errors.ts'
import type { GitOutcome } from './protocol.ts'
import { hasUnmerged } from './staging.ts'
import { COMMITTING } from './user-git.ts'
import type { UserGit } from './user-git.ts'

const CONTINUABLE = new Set<string>(['merge', 'rebase', 'cherry-pick', 'revert'])

/** Runs a merge, a rebase or the next step of one: that it stops for conflicts is an outcome, not an error. */
export async function runOperation(git: UserGit, gitDir: string, args: string[]): Promise<GitOutcome> {
  try {
    await git(args, COMMITTING)
  } catch (error) {
    const stopped = (await readState(gitDir)) !== 'none' && (await hasUnmerged(git))
    if (stopped) return { outcome: 'conflicts' }
    throw error
  }
  return { outcome: 'done' }
}

/** Goes on with what is under way. Rejects with kind `unmerged` while there are conflicts. */
export async function continueOperation(git: UserGit, gitDir: string): Promise<GitOutcome> {
  const state = await readState(gitDir)
  if (!CONTINUABLE.has(state)) throw nothingUnderWay()
  if (await hasUnmerged(git)) {
    throw new GitRefused('unmerged', 'There are conflicts left: settle the files under “Conflicts” first.')
  }
  return runOperation(git, gitDir, [state, '--continue'])
}

/** Gives up what is under way: everything is as it was before. The caller has made a save. */
export async function abortOperation(git: UserGit, gitDir: string): Promise<void> {
  const state = await readState(gitDir)
  if (state === 'none') throw nothingUnderWay()
  await git(state === 'bisect' ? ['bisect', 'reset'] : [state, '--abort'])
}

function nothingUnderWay(): GitRefused {
  return new GitRefused('stale', 'No merge or rebase is under way any more.')
}
