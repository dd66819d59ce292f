import type { Remote } from './remote.ts'
import { git } from './spawn.ts'

const OPTIONS = [
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
]

/** Fetches from the workspace's remote; `args` end in the URL and refspecs. Throws `GitError`. */
export async function fetchInto(
  gitDir: string,
  remote: Remote,
  args: string[],
  signal: AbortSignal,
): Promise<void> {
  await git(['fetch', ...OPTIONS, ...args], { gitDir, config: remote.gitConfig, signal })
}
