import { access, constants, lstat, rm } from 'node:fs/promises'
import type { Stats } from 'node:fs'

import { isMissing } from '../errors.ts'
import { git } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import { MAX_SAVED_FILE_BYTES } from '../protocol.ts'
import type { NestedRepositories } from '../nested/nested-repositories.ts'
import type { NotKept } from '../protocol.ts'
import type { Edit } from './save-tree.ts'

const MOST_NOT_KEPT = 100
/** Files that are looked at together. */
const AT_ONCE = 64

export interface Swept {
  tree: string
  /** Files that were left out, though nobody asked for it. */
  notKept: NotKept[]
}

export interface SweepRequest {
  layout: Layout
  nested: NestedRepositories
  /** Editor saves that the shadow's index may not have; ignored files among them are kept. */
  edits: Edit[]
  /** The index has no times of the files yet: git would read them all, each time. */
  refresh: boolean
  log: Logger
  signal?: AbortSignal
}

/**
 * The tree of the whole work tree, by git with the shadow's own index. Ignored files are left out, but those that the
 * user tracks or that were saved from the editor are in. Nothing is read but what changed.
 */
export async function sweepWorkTree(request: SweepRequest): Promise<Swept> {
  const { layout, log, signal } = request
  try {
    return await sweep(request)
  } catch (error) {
    signal?.throwIfAborted()
    // The index may name objects that the user's `git gc` pruned, or be cut off: what is on disk is hashed anew.
    log.warn({ err: error }, 'sweep failed, starting over with an empty index')
    request.nested.forget()
    await rm(layout.snapIndex, { force: true })
    await rm(`${layout.snapIndex}.lock`, { force: true })
    return sweep(request)
  }
}

async function sweep({ layout, nested, edits, refresh, signal }: SweepRequest): Promise<Swept> {
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
  if (refresh) await git(['update-index', '-q', '--refresh'], { ...options, allowedCodes: [0, 1] })
  const notKept: NotKept[] = []
  // Entries of editor saves have no times of their files yet; looked at once more, they get them.
  const edited = edits.map(({ path }) => Buffer.from(path).toString('latin1'))
  const changed = await nested.open(options, () => listChanged(options))
  const listed = [changed, await listTrackedButIgnored(layout, options), edited]
  const paths = [...new Set(listed.flat())]
  const kept: string[] = []
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const some = paths.slice(at, at + AT_ONCE)
    const verdicts = await Promise.all(some.map((path) => judge(layout.work, path)))
    for (const [index, verdict] of verdicts.entries()) {
      if (verdict === 'keep') kept.push(some[index] ?? '')
      else if (verdict && notKept.length < MOST_NOT_KEPT) notKept.push(verdict)
    }
  }
  if (kept.length > 0) {
    const input = Buffer.from(kept.map((path) => `${path}\0`).join(''), 'latin1')
    await git(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { ...options, input })
  }
  const { stdout } = await git(['write-tree'], options)
  return { tree: stdout.toString('latin1').trim(), notKept }
}

/** Paths that differ from the shadow's index, as bytes in latin1: names need not be UTF-8. */
async function listChanged(options: GitOptions): Promise<string[]> {
  const { stdout } = await git(['ls-files', '-z', '-o', '-m', '-d', '--exclude-standard'], options)
  return stdout.toString('latin1').split('\0').filter(Boolean)
}

/** Ignored files that the user has committed or added all the same. */
async function listTrackedButIgnored(layout: Layout, options: GitOptions): Promise<string[]> {
  const { stdout } = await git(['ls-files', '-z', '--cached', '--ignored', '--exclude-standard'], {
    ...options,
    gitDir: layout.gitDir,
    indexFile: undefined,
    allowedCodes: [0, 128],
  })
  return stdout.toString('latin1').split('\0').filter(Boolean)
}

/** null: it is no business of the tree (a nested repository without any file ends in a slash). */
async function judge(work: string, path: string): Promise<'keep' | NotKept | null> {
  if (path.endsWith('/')) return null
  const absolute = Buffer.from(`${Buffer.from(work).toString('latin1')}/${path}`, 'latin1')
  const shown = Buffer.from(path, 'latin1').toString('utf8')
  let stats: Stats
  try {
    stats = await lstat(absolute)
    if (stats.isDirectory()) return null
    if (stats.isSymbolicLink()) return 'keep'
    if (stats.size > MAX_SAVED_FILE_BYTES)
      return { path: shown, reason: 'too_large', message: tooLarge(stats) }
    await access(absolute, constants.R_OK)
    return 'keep'
  } catch (error) {
    // It is gone: that is what the tree has to say.
    if (isMissing(error)) return 'keep'
    return {
      path: shown,
      reason: 'unreadable',
      message: 'cannot be read: give the workspace’s user permission to',
    }
  }
}

function tooLarge({ size }: Stats): string {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MB`
  return `too large to keep: ${megabytes(size)}, limit ${megabytes(MAX_SAVED_FILE_BYTES)}`
}
