import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { git, GitError } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { Edit } from './save-tree.ts'

const NO_COMMIT = /error: '(.+)\/' does not have a commit checked out/g

/**
 * The tree of the whole work tree, found by `git add -A` with the shadow's own index. Ignored files are left out,
 * but those that the user tracks or that were saved from the editor (`edits`) are in.
 */
export async function sweepWorkTree(
  layout: Layout,
  edits: Edit[],
  log: Logger,
  signal?: AbortSignal,
): Promise<string> {
  try {
    return await sweep(layout, edits, log, signal)
  } catch (error) {
    signal?.throwIfAborted()
    // The index may name objects that the user's `git gc` pruned, or be cut off: what is on disk is hashed anew.
    log.warn({ err: error }, 'sweep failed, starting over with an empty index')
    await rm(layout.snapIndex, { force: true })
    await rm(`${layout.snapIndex}.lock`, { force: true })
    return sweep(layout, edits, log, signal)
  }
}

async function sweep(layout: Layout, edits: Edit[], log: Logger, signal?: AbortSignal): Promise<string> {
  const options: GitOptions = {
    gitDir: layout.shadow,
    workTree: layout.work,
    indexFile: layout.snapIndex,
    userConfig: true,
    signal,
  }
  if (edits.length > 0) {
    const input = edits.map(({ mode, oid, path }) => `${mode} ${oid}\t${path}\0`).join('')
    await git(['update-index', '--replace', '-z', '--index-info'], { ...options, input })
  }
  await addAll(options, log)
  await addTrackedButIgnored(layout, options)
  const { stdout } = await git(['write-tree'], options)
  return stdout.toString('latin1').trim()
}

async function addAll(options: GitOptions, log: Logger): Promise<void> {
  const add = ['add', '--all', '--ignore-errors', '--', '.']
  const { code, stderr } = await git(add, { ...options, allowedCodes: [0, 1, 128] })
  if (code === 0) return
  // A nested repository without a commit makes git give up on everything; there is nothing in it to link to yet.
  const nested = [...stderr.matchAll(NO_COMMIT)].map(([, path]) => `:(exclude,literal)${path ?? ''}`)
  if (nested.length > 0) {
    log.warn({ nested }, 'nested repositories without a commit are left out of saves')
    const again = await git([...add, ...nested], { ...options, allowedCodes: [0, 1, 128] })
    if (again.code === 0) return
  }
  if (code === 128 && nested.length === 0) throw new GitError('add', code, stderr)
  log.warn({ stderr: stderr.slice(0, 2000) }, 'some files could not be read and are left out of the save')
}

/** `add --all` skips ignored files that the shadow's index does not know yet, though the user may have committed them. */
async function addTrackedButIgnored(layout: Layout, options: GitOptions): Promise<void> {
  const { stdout } = await git(['ls-files', '-z', '--cached', '--ignored', '--exclude-standard'], {
    ...options,
    gitDir: layout.gitDir,
    indexFile: undefined,
    allowedCodes: [0, 128],
  })
  const paths = await existing(layout.work, stdout.toString('utf8').split('\0').filter(Boolean))
  if (paths.length === 0) return
  await git(['add', '--force', '--ignore-errors', '--pathspec-from-file=-', '--pathspec-file-nul'], {
    ...options,
    env: { GIT_LITERAL_PATHSPECS: '1' },
    input: paths.join('\0'),
    allowedCodes: [0, 1, 128],
  })
}

async function existing(root: string, paths: string[]): Promise<string[]> {
  const present = await Promise.all(
    paths.map(async (path) => {
      try {
        await lstat(join(root, path))
        return true
      } catch {
        return false
      }
    }),
  )
  return paths.filter((_, index) => present[index])
}
