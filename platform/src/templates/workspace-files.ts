import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../errors.ts'
import type { FileContent } from '../git/commit-files.ts'
import { git, GitError } from '../git/git-process.ts'
import { makeScratch } from '../git/ingest.ts'
import { readAllFiles } from '../git/read-all-files.ts'
import type { Remotes } from '../git/remotes.ts'
import { createPathLookup } from '../git/tree-diff.ts'
import { CommitMemory } from '../history/commits.ts'
import { newestCommit } from '../history/newest.ts'
import { WorkPath } from '../protocol.ts'
import { LIMITS } from './limits.ts'

/** What a template may be at most, for the reading of trees. */
export const FILE_LIMITS = { files: LIMITS.files, bytes: LIMITS.bytes, depth: LIMITS.pathDepth }
const TOO_LARGE = `a template has at most ${LIMITS.files} files of ${LIMITS.bytes / 2 ** 20} MiB together`
const CHECK_BOUNDS = { memory: 2 ** 30, seconds: 10 }

/** `whose` and `advice` are sentences' parts: `The workspace`, `Remove what is no part of it`. */
export function tooLarge(whose: string, advice: string): AppError {
  return new AppError(422, 'template_too_large', `${whose} is too large: ${TOO_LARGE}. ${advice}`)
}

/**
 * The files of a workspace's newest save, without those that Git ignores: what was saved of these in the editor may be
 * a secret. Throws an `AppError` when nothing has been saved, or it is more than a template may be.
 */
export async function readWorkspaceFiles(
  remotes: Remotes,
  workspace: string,
  signal: AbortSignal,
): Promise<{ commit: string; files: Map<string, FileContent> }> {
  const repository = remotes.repository(workspace)
  const version = await repository.head(signal)
  const commit = version && newestCommit(version.head)
  if (!version || commit === null)
    throw new AppError(
      409,
      'nothing_saved',
      `Nothing has been saved in "${workspace}" yet. Try again when it has started.`,
    )
  const objects = repository.objects(version)
  const files = await readAllFiles(objects, commit, FILE_LIMITS)
  if (!files)
    throw tooLarge(`"${workspace}"`, 'Remove what need not be there, or make a smaller workspace of it.')
  const read = new CommitMemory().reader(workspace, objects)
  const info = await read(commit)
  if (!info?.save) return { commit, files }
  const { index, headCommit } = info.save
  const staged = index ?? (headCommit === null ? null : ((await read(headCommit))?.tree ?? null))
  for (const path of await findIgnored(remotes.scratch, files, signal)) {
    // What Git has is not ignored, whatever a pattern says of it.
    const isTracked = staged !== null && (await createPathLookup(objects, path)(staged)) !== null
    if (!isTracked) files.delete(path)
  }
  return { commit, files }
}

/** Paths that the `.gitignore` files among these files name. */
async function findIgnored(
  folder: string,
  files: Map<string, FileContent>,
  signal: AbortSignal,
): Promise<string[]> {
  const rules = [...files].filter(
    ([path, { mode }]) =>
      /(^|\/)\.gitignore$/.test(path) && mode !== '120000' && WorkPath.safeParse(path).success,
  )
  if (rules.length === 0) return []
  const scratch = await makeScratch(folder)
  const work = join(scratch, 'work')
  try {
    await mkdir(work)
    for (const [path, { content }] of rules) {
      await mkdir(dirname(join(work, path)), { recursive: true })
      await writeFile(join(work, path), content)
    }
    const options = {
      gitDir: scratch,
      env: { GIT_WORK_TREE: work },
      bounds: CHECK_BOUNDS,
      input: Buffer.from([...files.keys()].join('\0')),
      signal,
    }
    const found = await git(['-C', work, 'check-ignore', '--no-index', '-z', '--stdin'], options).catch(
      (error: unknown) => {
        // It says by this that none is.
        if (error instanceof GitError && error.exitCode === 1) return Buffer.alloc(0)
        throw error
      },
    )
    return found.toString().split('\0').filter(Boolean)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
