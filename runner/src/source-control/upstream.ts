import { credentialEnvironment } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { GitRefused } from './errors.ts'
import { runOperation } from './operation.ts'
import type { GitOutcome } from './protocol.ts'
import type { UserGit } from './user-git.ts'

/** How many earlier places of a branch are looked at to tell whether the user rewrote it. */
const REFLOG_ENTRIES = 100

/** Where a branch is pushed to and pulled from. */
interface Destination {
  branch: string
  remote: string
  url: string
  /** Full ref on the remote; null when the branch follows none yet. */
  merge: string | null
}

/** Fetches from all remotes. Rejects with `GitRefused`. */
export async function fetchAll(git: UserGit, credentials?: Credentials): Promise<void> {
  const remotes = await listRemotes(git)
  if (remotes.length === 0) throw noRemote()
  for (const remote of remotes) await fetchRemote(git, remote, credentials)
}

/**
 * Fetches the branch's upstream and takes it in. `ff` only goes forward; rejects with kind `diverged` when it cannot,
 * `no_upstream`, or whatever git says.
 */
export async function pull(
  git: UserGit,
  gitDir: string,
  how: 'ff' | 'merge' | 'rebase',
  credentials?: Credentials,
): Promise<GitOutcome> {
  const { remote, merge } = await findDestination(git)
  if (merge === null) {
    const message =
      'This branch follows no branch of an upstream yet, so there is nothing to pull. Push it once; that also sets its upstream.'
    throw new GitRefused('no_upstream', message)
  }
  await fetchRemote(git, remote, credentials)
  const { ahead, behind } = await compareToUpstream(git)
  if (behind === 0) return { outcome: 'up-to-date' }
  if (ahead === 0 || how !== 'rebase') {
    if (ahead > 0 && how === 'ff') {
      const message = `Your branch and its upstream have diverged: ${plural(ahead, 'commit')} here, ${plural(behind, 'commit')} there. Merge them, or rebase yours onto theirs.`
      throw new GitRefused('diverged', message)
    }
    return runOperation(git, gitDir, [
      'merge',
      '--no-edit',
      ...(ahead === 0 ? ['--ff-only'] : []),
      '@{upstream}',
    ])
  }
  return runOperation(git, gitDir, ['rebase', '@{upstream}'])
}

/**
 * Pushes the branch to its upstream and sets that when there is none. Nothing is ever forced, but with `replace`
 * commits that this branch itself once had (it was amended or rebased) are written over, with a lease on the rest.
 * Rejects with kind `rewritten` when that is what it takes.
 */
export async function push(git: UserGit, replace: boolean, credentials?: Credentials): Promise<void> {
  const { branch, remote, url, merge } = await findDestination(git)
  const target = merge ?? `refs/heads/${branch}`
  const lease = replace ? [`--force-with-lease=${target}:${await replaceable(git, branch)}`] : []
  const refspec = `refs/heads/${branch}:${target}`
  const args = ['push', '--quiet', ...lease, ...(merge === null ? ['--set-upstream'] : []), remote, refspec]
  try {
    await git(args, { env: credentialEnvironment(url, credentials) })
  } catch (error) {
    if (!(error instanceof GitRefused) || error.git.kind !== 'diverged' || replace) throw error
    if (!(await isRewritten(git, branch))) throw error
    const message =
      'You amended or rebased commits that are on the upstream already, so a plain push is refused. You can replace them there; if others have built on them, pull and merge instead.'
    throw new GitRefused('rewritten', message, error.git.output)
  }
}

async function fetchRemote(git: UserGit, remote: string, credentials?: Credentials): Promise<void> {
  const env = credentialEnvironment(await remoteUrl(git, remote), credentials)
  await git(['fetch', '--quiet', '--no-write-fetch-head', remote], { env })
}

async function findDestination(git: UserGit): Promise<Destination> {
  const branch = await readLine(git, ['symbolic-ref', '--quiet', '--short', 'HEAD'])
  if (branch === '') {
    throw new GitRefused('detached', 'You are not on a branch. Create one here first; then it can be pushed.')
  }
  const [configured, merge, remotes] = await Promise.all([
    readLine(git, ['config', '--get', `branch.${branch}.remote`]),
    readLine(git, ['config', '--get', `branch.${branch}.merge`]),
    listRemotes(git),
  ])
  const remote = configured !== '' ? configured : remotes.includes('origin') ? 'origin' : remotes[0]
  if (remote === undefined) throw noRemote()
  return { branch, remote, url: await remoteUrl(git, remote), merge: merge === '' ? null : merge }
}

function noRemote(): GitRefused {
  const message =
    'This clone has no upstream: the workspace was not opened from a repository. Add one in the terminal with: git remote add origin <address>'
  return new GitRefused('no_remote', message)
}

async function listRemotes(git: UserGit): Promise<string[]> {
  const { stdout } = await git(['remote'], { reading: true })
  return stdout.toString('utf8').split('\n').filter(Boolean)
}

function remoteUrl(git: UserGit, remote: string): Promise<string> {
  return readLine(git, ['remote', 'get-url', remote])
}

async function compareToUpstream(git: UserGit): Promise<{ ahead: number; behind: number }> {
  const counts = await readLine(git, ['rev-list', '--left-right', '--count', 'HEAD...@{upstream}'])
  const [ahead = 0, behind = 0] = counts.split(/\s+/).map(Number)
  return { ahead, behind }
}

/** The upstream's commit, when all its commits were once this branch's own. Rejects when they were not. */
async function replaceable(git: UserGit, branch: string): Promise<string> {
  if (await isRewritten(git, branch)) return readLine(git, ['rev-parse', '--verify', '@{upstream}'])
  const message =
    'The upstream has commits that were never part of this branch, so they are not replaced. Pull first: merge or rebase, then push again.'
  throw new GitRefused('diverged', message)
}

/** True when the branch once stood on or above what the upstream is known to have. */
async function isRewritten(git: UserGit, branch: string): Promise<boolean> {
  const upstream = await readLine(git, ['rev-parse', '--verify', '--quiet', '@{upstream}'])
  // What the upstream is known to have is still in the branch: somebody else has pushed since.
  if (upstream === '' || (await isContained(git, upstream, ['HEAD']))) return false
  const entries = await readText(git, [
    'rev-list',
    '-g',
    `--max-count=${REFLOG_ENTRIES}`,
    `refs/heads/${branch}`,
  ])
  const places = [...new Set(entries.split('\n').filter(Boolean))]
  return places.length > 0 && isContained(git, upstream, places)
}

async function isContained(git: UserGit, commit: string, places: string[]): Promise<boolean> {
  return (await readText(git, ['rev-list', '--max-count=1', commit, '--not', ...places])) === ''
}

async function readLine(git: UserGit, args: string[]): Promise<string> {
  return (await readText(git, args)).split('\n')[0] ?? ''
}

/** '' when git has no answer. */
async function readText(git: UserGit, args: string[]): Promise<string> {
  const { stdout, code } = await git(args, { reading: true, allowedCodes: [0, 1, 2, 128] })
  return code === 0 ? stdout.toString('utf8').trim() : ''
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
