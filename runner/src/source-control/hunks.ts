import { GitRefused } from './errors.ts'
import { parseDiff, patchOf, shownHunk } from './parse-diff.ts'
import type { FileDiff } from './parse-diff.ts'
import type { GitHunks } from './protocol.ts'
import type { UserGit } from './user-git.ts'
import { LITERAL } from './user-git.ts'

const MAX_HUNKS = 200
const MAX_LINES = 400
const DIFF = [
  'diff',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
  '--unified=3',
  '--inter-hunk-context=0',
  '--src-prefix=a/',
  '--dst-prefix=b/',
]

/** The hunks of a file as they are to be shown: bounded in number and lines. */
export async function readHunks(git: UserGit, path: string, staged: boolean): Promise<GitHunks> {
  const diff = await readDiff(git, path, staged)
  const hunks = diff.hunks.slice(0, MAX_HUNKS).map((hunk) => shownHunk(hunk, MAX_LINES))
  const truncated = diff.hunks.length > MAX_HUNKS || diff.hunks.some(({ lines }) => lines.length > MAX_LINES)
  return { hunks, binary: diff.binary, truncated }
}

/** Stages, unstages or discards one hunk. The patch comes from the diff as it is now; `stale` when the hunk is gone. */
export async function actOnHunk(
  git: UserGit,
  path: string,
  id: string,
  act: 'stage' | 'unstage' | 'discard',
): Promise<void> {
  const diff = await readDiff(git, path, act === 'unstage')
  const hunk = diff.hunks.find((hunk) => hunk.id === id)
  if (!hunk) {
    throw new GitRefused(
      'stale',
      `${path} has changed since this part was shown. Look at it again and repeat.`,
    )
  }
  const where = act === 'discard' ? ['--reverse'] : act === 'stage' ? ['--cached'] : ['--cached', '--reverse']
  await git(['apply', '--whitespace=nowarn', ...where, '-'], { input: patchOf(diff, hunk) })
}

async function readDiff(git: UserGit, path: string, staged: boolean): Promise<FileDiff> {
  const args = [...DIFF, ...(staged ? ['--cached'] : []), '--', path]
  return parseDiff((await git(args, { env: LITERAL, reading: true })).stdout)
}
