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

/** Like `fetchInto` with `--stdin`, but neither here nor there does anybody wait for it. */
export async function fetchBehind(
  gitDir: string,
  remote: Remote,
  args: string[],
  refspecs: string[],
  signal: AbortSignal,
): Promise<void> {
  const config: [string, string][] = [
    ...remote.gitConfig,
    // RFC 9218: the lowest urgency.
    [`http.${remote.url}.extraHeader`, 'Priority: u=7'],
    // A connection on which nothing comes any more is given up: it would be waited for for ever.
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', '60'],
  ]
  const input = refspecs.map((refspec) => `${refspec}\n`).join('')
  await git(['fetch', ...OPTIONS, ...args, '--stdin', '--', remote.url], {
    gitDir,
    config,
    input,
    behind: true,
    signal,
  })
}
