import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Layout } from '../layout.ts'
import { GitRefused } from './errors.ts'
import type { GitMessages, GitStatus } from './protocol.ts'
import { hasUnmerged, stage } from './staging.ts'
import { suggestMessage } from './suggest-message.ts'
import { COMMITTING } from './user-git.ts'
import type { UserGit } from './user-git.ts'

/** How many past subjects tell what shape they have in this repository. */
const PAST_SUBJECTS = 20

/** Makes the user's commit, with their hooks and signature. `all` stages everything first. */
export async function commit(
  git: UserGit,
  { message, amend, all }: { message: string; amend: boolean; all: boolean },
): Promise<{ commit: string; subject: string }> {
  if (message.trim() === '') throw new GitRefused('other', 'A commit needs a message: say what it changes.')
  if (await hasUnmerged(git)) {
    throw new GitRefused('unmerged', 'There are conflicts left: settle the files under “Conflicts” first.')
  }
  if (all) await stage(git, [])
  await git(['commit', '--quiet', '--file=-', ...(amend ? ['--amend'] : [])], {
    input: message,
    ...COMMITTING,
  })
  const { stdout } = await git(['log', '-1', '--format=%H %s'], { reading: true })
  const line = stdout.toString('utf8').trim()
  return { commit: line.slice(0, 40), subject: line.slice(41) }
}

/** What the next commit could be called, and what the last one is called. */
export async function readMessages(
  git: UserGit,
  layout: Pick<Layout, 'gitDir'>,
  status: GitStatus,
): Promise<GitMessages> {
  const merging = status.state === 'none' ? null : await preparedMessage(layout)
  const changes = status.staged.length > 0 ? status.staged : status.unstaged
  if (status.commit === null) return { suggestion: merging ?? suggestMessage(changes, []), last: null }
  const [last, past] = await Promise.all([
    git(['log', '-1', '--format=%B'], { reading: true }),
    git(['log', '--no-merges', `-${PAST_SUBJECTS}`, '--format=%s'], { reading: true }),
  ])
  const subjects = past.stdout.toString('utf8').split('\n').filter(Boolean)
  return {
    suggestion: merging ?? suggestMessage(changes, subjects),
    last: last.stdout.toString('utf8').trim(),
  }
}

/** What git itself has prepared for the commit that ends a merge. */
async function preparedMessage({ gitDir }: Pick<Layout, 'gitDir'>): Promise<string | null> {
  try {
    const text = await readFile(join(gitDir, 'MERGE_MSG'), 'utf8')
    const lines = text.split('\n').filter((line) => !line.startsWith('#'))
    return lines.join('\n').trim() || null
  } catch {
    return null
  }
}
