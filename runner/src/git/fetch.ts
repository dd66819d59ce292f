import type { Remote } from './remote.ts'
import { git } from './spawn.ts'

const OPTIONS = [
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
]

/** Fetches from the workspace's remote; `args` end in the URL and refspecs; with `--stdin` these are `input`. Throws `GitError`. */
export async function fetchInto(
  gitDir: string,
  remote: Remote,
  args: string[],
  signal: AbortSignal,
  input?: string,
): Promise<void> {
  const options = { gitDir, config: remote.gitConfig, signal, ...(input !== undefined && { input }) }
  await git(['fetch', ...OPTIONS, ...args], options)
}
