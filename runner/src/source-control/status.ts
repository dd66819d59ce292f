import { readState } from '../git/head.ts'
import type { Layout } from '../layout.ts'
import { parseStatus } from './parse-status.ts'
import { MAX_CHANGES } from './protocol.ts'
import type { GitStatus } from './protocol.ts'
import { readHome } from './template-update.ts'
import type { UserGit } from './user-git.ts'

/** Enough for some ten thousand paths; what is behind it is not told anyway. */
const MAX_STATUS_BYTES = 2 * 1024 * 1024

/** Where the clone stands and what is changed in it. Rejects with `GitRefused`. */
export async function readStatus(git: UserGit, layout: Pick<Layout, 'gitDir'>): Promise<GitStatus> {
  const [result, remotes, state] = await Promise.all([
    git(['status', '--porcelain=v2', '--branch', '--untracked-files=all', '--find-renames', '-z'], {
      reading: true,
      cutAt: MAX_STATUS_BYTES,
    }),
    git(['remote'], { reading: true }),
    readState(layout.gitDir),
  ])
  const status = parseStatus(result.stdout, { limit: MAX_CHANGES, cut: result.cut })
  const home = await readHome(git, status.branch)
  return { ...status, state, home, remotes: remotes.stdout.toString('utf8').split('\n').filter(Boolean) }
}
