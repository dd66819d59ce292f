import { GitRefused } from './errors.ts'
import type { GitStatus } from './protocol.ts'
import { LITERAL, PATHS_FROM_INPUT } from './user-git.ts'
import type { UserGit } from './user-git.ts'

/** Arguments of one command; `git clean` takes no paths from its input. */
const PATHS_AT_ONCE = 200

/** Stages these paths as they are on disk; no paths: everything. */
export async function stage(git: UserGit, paths: string[]): Promise<void> {
  checkNames(paths)
  if (paths.length > 0) await git(['add', '--all', ...PATHS_FROM_INPUT], input(paths))
  else if (await hasUnmerged(git)) {
    const message = 'There are conflicts: settle them first, one by one, then stage the rest.'
    throw new GitRefused('unmerged', message)
  } else await git(['add', '--all'])
}

/** Takes these paths out of the next commit; their content stays on disk. No paths: everything. */
export async function unstage(git: UserGit, paths: string[], unborn: boolean): Promise<void> {
  checkNames(paths)
  const which = paths.length > 0 ? PATHS_FROM_INPUT : []
  if (!unborn) await git(['reset', '--quiet', ...which], input(paths))
  // Without a commit there is nothing to go back to: the index forgets them.
  else if (paths.length > 0) await git(['rm', '--cached', '-r', '--quiet', '--force', ...which], input(paths))
  else await git(['read-tree', '--empty'])
}

/** Brings files back to what is staged and deletes those that git does not know. The caller has made a save. */
export async function discard(git: UserGit, paths: string[], status: GitStatus): Promise<void> {
  checkNames(paths)
  const untracked = new Set(
    status.unstaged.filter(({ kind }) => kind === 'untracked').map(({ path }) => path),
  )
  const nested = status.unstaged.find(({ path, kind, submodule }) => {
    return kind === 'untracked' && submodule && paths.includes(path)
  })
  if (nested) {
    const message = `${nested.path} is a Git repository of its own, which is not discarded from here. Delete it in the terminal if you do not need it.`
    throw new GitRefused('other', message)
  }
  const known = paths.filter((path) => !untracked.has(path))
  if (known.length > 0) await git(['restore', '--worktree', ...PATHS_FROM_INPUT], input(known))
  const unknown = paths.filter((path) => untracked.has(path))
  for (let n = 0; n < unknown.length; n += PATHS_AT_ONCE) {
    const some = unknown.slice(n, n + PATHS_AT_ONCE)
    await git(['clean', '--force', '--quiet', '-d', '--', ...some], { env: LITERAL })
  }
}

export async function hasUnmerged(git: UserGit): Promise<boolean> {
  const { stdout, cut } = await git(['ls-files', '--unmerged', '-z'], { reading: true, cutAt: 4096 })
  return cut || stdout.length > 0
}

/** A name with bytes that are no UTF-8 came to the page as another one: it must not be guessed at. */
export function checkNames(paths: string[]): void {
  const odd = paths.find((path) => path.includes('\uFFFD'))
  if (odd === undefined) return
  const message = `The name of ${odd} is not UTF-8, so it cannot be told from others here. Use git in the terminal for this file.`
  throw new GitRefused('other', message)
}

function input(paths: string[]): { input: string; env: Record<string, string> } {
  return { input: paths.map((path) => `${path}\0`).join(''), env: LITERAL }
}
