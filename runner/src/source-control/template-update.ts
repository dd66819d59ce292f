import { readState } from '../git/head.ts'
import { GitRefused } from './errors.ts'
import { runOperation } from './operation.ts'
import type { GitHome, GitOutcome } from './protocol.ts'
import { COMMITTING } from './user-git.ts'
import type { UserGit } from './user-git.ts'

const BRANCH = 'update-from-template'
/** Of a branch, in the clone's configuration: git forgets it together with the branch. */
const HOME_KEY = 'codenestHome'
/** What is merged has a name for as long as that takes: git writes it beside the conflicts. */
const MERGED_NAME = 'codenest/template'
const MERGED_REF = `refs/${MERGED_NAME}`
/** Whatever the user's configuration says of merges in general. */
const PLAINLY = ['--quiet', '--commit', '--no-squash', '--no-edit']

/** The branch that one of ours goes back into; null for any other branch. */
export async function readHome(git: UserGit, branch: string | null): Promise<GitHome | null> {
  // Only ours are looked up: a status is asked for all the time.
  if (branch === null || !branch.startsWith(BRANCH)) return null
  const home = await readLine(git, ['config', '--get', `branch.${branch}.${HOME_KEY}`])
  if (home === '') return null
  const ahead = await readLine(git, ['rev-list', '--count', `refs/heads/${home}..HEAD`])
  // Somebody may have deleted it.
  return ahead === '' ? null : { branch: home, ahead: Number(ahead) }
}

/**
 * Merges `commit`, which what the template gave before (`base`) is the parent of, on a branch of its own: whatever
 * becomes of it, the branch that one was on stays as it is. `fetch` brings a commit from the workspace's remote.
 * Rejects with `GitRefused`, and then the clone is as it was.
 */
export async function takeUpdate(
  git: UserGit,
  gitDir: string,
  { commit, base }: { commit: string; base: string },
  fetch: (commit: string) => Promise<void>,
): Promise<GitOutcome> {
  await assertNothingUnderWay(git, gitDir)
  const head = await readLine(git, ['rev-parse', '--verify', '--quiet', 'HEAD'])
  if (head === '') throw new GitRefused('other', 'This branch has no commit yet. Commit something first.')
  await fetch(commit)
  if (await isIn(git, commit, 'HEAD')) return { outcome: 'up-to-date' }
  const from = await readLine(git, ['symbolic-ref', '--quiet', '--short', 'HEAD'])
  // The branch of one that was given up goes on.
  const made = (await readHome(git, from || null)) ? null : await makeBranch(git, from)
  try {
    await relate(git, base)
    const subject = await readLine(git, ['log', '-1', '--format=%s', commit])
    await git(['update-ref', MERGED_REF, commit])
    return await runOperation(git, gitDir, ['merge', '--ff', ...PLAINLY, '-m', subject, MERGED_NAME])
  } catch (error) {
    // A hook may have stopped it before its commit.
    if ((await readState(gitDir)) !== 'none') await git(['merge', '--abort'])
    if (made !== null) {
      await git(from === '' ? ['switch', '--quiet', '--detach', head] : ['switch', '--quiet', from])
      await git(['branch', '--quiet', '--delete', '--force', '--', made])
    }
    throw error
  } finally {
    await git(['update-ref', '-d', MERGED_REF])
  }
}

/** Takes an update over into the branch that it came from, and deletes its own. Rejects with `GitRefused`. */
export async function finishUpdate(git: UserGit, gitDir: string): Promise<GitOutcome> {
  await assertNothingUnderWay(git, gitDir)
  const branch = await readLine(git, ['symbolic-ref', '--quiet', '--short', 'HEAD'])
  const home = await readHome(git, branch || null)
  if (!home) throw new GitRefused('stale', 'This is not the branch of an update from the template any more.')
  await git(['switch', '--quiet', '--no-guess', home.branch])
  const done = await runOperation(git, gitDir, ['merge', '--ff', ...PLAINLY, branch])
  // With conflicts it is still needed, and git keeps one that a remote lacks commits of.
  if (done.outcome === 'done')
    await git(['branch', '--quiet', '--delete', '--', branch], { allowedCodes: [0, 1] })
  return done
}

async function assertNothingUnderWay(git: UserGit, gitDir: string): Promise<void> {
  const state = await readState(gitDir)
  if (state !== 'none') {
    const message = `A ${state} is under way. Continue or abort it first, then take the update.`
    throw new GitRefused('unmerged', message)
  }
  const changed = await readLine(git, [
    'status',
    '--porcelain',
    '--untracked-files=no',
    '--ignore-submodules',
  ])
  if (changed === '') return
  const message =
    'There are changes that are not committed, and they are not to get lost in a merge. Commit or discard them first.'
  throw new GitRefused('overwritten', message)
}

async function makeBranch(git: UserGit, home: string): Promise<string> {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? BRANCH : `${BRANCH}-${n}`
    const ref = `refs/heads/${name}`
    const exists = (await readLine(git, ['rev-parse', '--verify', '--quiet', ref])) !== ''
    // One that has nothing of its own is left from an update that was given up.
    if (exists && !(await isIn(git, ref, 'HEAD'))) continue
    await git(['switch', '--quiet', exists ? '--force-create' : '--create', name])
    if (home !== '') await git(['config', `branch.${name}.${HOME_KEY}`, home])
    return name
  }
}

/**
 * Files whose history does not begin with the template (it was written anew, or they came from a link) are joined to
 * it, as they are: then a merge has a base, and is about what the template changed and nothing else.
 */
async function relate(git: UserGit, base: string): Promise<void> {
  const { code } = await git(['merge-base', base, 'HEAD'], { reading: true, allowedCodes: [0, 1] })
  if (code === 0) return
  const message = 'Note what the template gave these files'
  const args = ['merge', '--no-ff', ...PLAINLY, '--strategy=ours', '--allow-unrelated-histories']
  await git([...args, '-m', message, base], COMMITTING)
}

async function isIn(git: UserGit, commit: string, branch: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', commit, branch]
  return (await git(args, { reading: true, allowedCodes: [0, 1] })).code === 0
}

/** '' when git has no answer. */
async function readLine(git: UserGit, args: string[]): Promise<string> {
  const { stdout, code } = await git(args, { reading: true, allowedCodes: [0, 1, 128] })
  return code === 0 ? (stdout.toString('utf8').split('\n')[0] ?? '').trim() : ''
}
