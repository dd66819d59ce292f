import { git, GitError } from '../git/git-process.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import type { PullRequestDraft } from '../protocol.ts'

/** Commits that a draft tells of. */
const MOST = 50
const COMMIT_ID = /^[0-9a-f]{40}$/

export interface CommitText {
  subject: string
  body: string
}

/** Commits of `commit` that a host lacks whose branch is at `pushed`; null when the host has others. */
export async function countAhead(
  remotes: Remotes,
  id: string,
  version: HeadVersion,
  commit: string,
  pushed: string | null,
  signal: AbortSignal,
): Promise<number | null> {
  if (commit === pushed) return 0
  if (pushed !== null && !COMMIT_ID.test(pushed)) return null
  // What was never pushed is counted beside what the workspace began with.
  const known = Object.entries(version.head.refs).filter(([ref]) => ref.startsWith('refs/remotes/'))
  const without = pushed === null ? known.map(([, oid]) => oid) : [pushed]
  return remotes.views.use(id, version, async (gitDir) => {
    try {
      if (pushed !== null) await git(['merge-base', '--is-ancestor', pushed, commit], { gitDir, signal })
      const args = ['rev-list', '--count', commit, ...without.map((oid) => `^${oid}`)]
      return Number((await git(args, { gitDir, signal })).toString())
    } catch (error) {
      if (error instanceof GitError && !signal.aborted) return null
      throw error
    }
  })
}

/**
 * What a branch has that none of `bases` has, oldest first: a base is a commit, or the short name of a branch; those
 * that are not there count for nothing.
 */
export async function commitsOf(
  remotes: Remotes,
  id: string,
  branch: string,
  bases: (string | null)[],
  signal: AbortSignal,
): Promise<CommitText[]> {
  const version = await remotes.repository(id).head(signal)
  const refs = version?.head.refs ?? {}
  const commit = refs[`refs/heads/${branch}`]
  if (!version || commit === undefined) return []
  return remotes.views.use(id, version, async (gitDir) => {
    const without = new Set<string>()
    for (const base of bases) {
      const named =
        base === null
          ? []
          : [refs[`refs/remotes/origin/${base}`], base !== branch && refs[`refs/heads/${base}`]]
      for (const oid of [base, ...named])
        if (typeof oid === 'string' && COMMIT_ID.test(oid) && (await isThere(gitDir, oid, signal)))
          without.add(`^${oid}`)
    }
    // With nothing to compare with, all of it would be new: the last commit speaks for the branch.
    const most = without.size === 0 ? 1 : MOST
    const args = ['log', '--format=%s%x00%b%x01', `--max-count=${most}`, '--no-merges', commit, ...without]
    const listed = (await git(args, { gitDir, signal })).toString()
    return listed
      .split('\x01')
      .map((text) => text.replace(/^\n/, '').split('\0'))
      .filter(([subject = '']) => subject !== '')
      .map(([subject = '', body = '']) => ({ subject, body: body.trim() }))
      .toReversed()
  })
}

/** One commit speaks for itself; of several each has its line, and the branch its name. */
export function writeDraft(branch: string, commits: CommitText[]): PullRequestDraft {
  const [first] = commits
  if (first && commits.length === 1) return { title: first.subject, body: first.body, commits: 1 }
  const words = branch.replace(/^.*\//, '').replaceAll(/[-_]+/g, ' ')
  const title = words.charAt(0).toUpperCase() + words.slice(1)
  return { title, body: commits.map(({ subject }) => `- ${subject}`).join('\n'), commits: commits.length }
}

async function isThere(gitDir: string, oid: string, signal: AbortSignal): Promise<boolean> {
  try {
    await git(['cat-file', '-e', `${oid}^{commit}`], { gitDir, signal })
    return true
  } catch (error) {
    if (error instanceof GitError && !signal.aborted) return false
    throw error
  }
}
