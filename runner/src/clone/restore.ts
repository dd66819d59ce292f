import { copyFile, mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

import { readHead } from '../git/head.ts'
import { EMPTY_TREE_OID, parseCommit } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import { NESTED_FILE, parseNested } from '../nested/nested-record.ts'
import type { NestedRecord } from '../nested/nested-record.ts'
import { parseSave } from '../saves/save-commit.ts'
import type { ParsedSave } from '../saves/save-commit.ts'
import { findEntry } from '../saves/save-tree.ts'
import type { ShadowObjects } from '../saves/shadow-objects.ts'
import { restoreCloneState, restoreIndexRest } from './restore-clone-state.ts'

const OID = /^[0-9a-f]{40}$/
const ATTRIBUTES = '.gitattributes'
/** By which git writes other bytes into the work tree than the commit has. */
const CONVERSIONS = 'eol *= *crlf|filter|ident|working-tree-encoding'

/** Checks out HEAD into the empty work tree, as a plain clone does. */
export async function checkOutHead(layout: Layout, signal: AbortSignal): Promise<void> {
  const { commit } = await readHead(layout.gitDir)
  if (!commit) return
  const user: GitOptions = { gitDir: layout.gitDir, workTree: layout.work, signal }
  await git(['read-tree', '--reset', '-u', 'HEAD'], user)
  // Saves hold the bytes on the disk. Where these are those of the commit the index's times hold for the shadow, too:
  // the first sweep need not read every file.
  const index = join(layout.gitDir, 'index')
  if (await mayConvert(index, user))
    await git(['read-tree', commit], { gitDir: layout.shadow, indexFile: layout.snapIndex, signal })
  else await copyFile(index, layout.snapIndex)
}

/** Whether some file of the index says that others are converted. */
async function mayConvert(index: string, options: GitOptions): Promise<boolean> {
  // Most repositories have no such file, and then its name is nowhere in the index: git need not be asked.
  if (!(await readFile(index)).includes(ATTRIBUTES)) return false
  const search = ['grep', '--cached', '--quiet', '-E', CONVERSIONS, '--', `:(glob)**/${ATTRIBUTES}`]
  const { code } = await git(search, { ...options, allowedCodes: [0, 1] })
  return code === 0
}

/**
 * Puts HEAD, index and the empty work tree into the state that the save recorded: what was uncommitted is
 * uncommitted, what was staged is staged, and a merge or rebase is where it was. Throws when `commit` is no save.
 */
export async function restoreSave(
  layout: Layout,
  objects: ShadowObjects,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const save = parseSave((await objects.read(commit)).data)
  if (!save) throw new Error(`${commit} is not a save`)
  const shadow: GitOptions = {
    gitDir: layout.shadow,
    workTree: layout.work,
    indexFile: layout.snapIndex,
    signal,
  }
  await git(['read-tree', save.tree], shadow)
  await git(['checkout-index', '--all', '--force', '--index', '--quiet'], shadow)
  // Starts from the shadow's index, which knows the files' times: otherwise git would read every file again.
  await copyFile(layout.snapIndex, join(layout.gitDir, 'index'))
  await restoreClone(layout, objects, save, signal)
  for (const { path, ...nested } of await readNested(objects, save.nested))
    await restoreNested({ layout, objects, signal }, path, nested)
}

interface RestoreOptions {
  layout: Layout
  objects: ShadowObjects
  signal: AbortSignal
}

/** Makes a folder of the work tree the repository that it was. */
async function restoreNested(
  { layout, objects, signal }: RestoreOptions,
  bytes: string,
  { commit, module }: Omit<NestedRecord, 'path'>,
): Promise<void> {
  const path = Buffer.from(bytes, 'latin1').toString('utf8')
  const work = join(layout.work, path)
  const state = parseSave((await objects.read(commit)).data)
  if (!state || (await realpathOf(work)) !== join(await realpath(layout.work), path)) return
  const gitDir = module === null ? join(work, '.git') : join(layout.gitDir, module)
  await mkdir(dirname(gitDir), { recursive: true })
  const separate = module === null ? [] : [`--separate-git-dir=${gitDir}`]
  await git(['init', '--quiet', '--template=', ...separate, '--', work], { cwd: layout.state, signal })
  // As git makes it for a submodule: it survives that the workspace lies somewhere else.
  if (module !== null) await writeFile(join(work, '.git'), `gitdir: ${relative(work, gitDir)}\n`)
  await restoreClone({ ...layout, work, gitDir }, objects, state, signal)
}

async function realpathOf(path: string): Promise<string | null> {
  return realpath(path).catch(() => null)
}

async function readNested(objects: ShadowObjects, commit: string | null): Promise<NestedRecord[]> {
  if (commit === null) return []
  const root = parseCommit((await objects.read(commit)).data).tree
  const entry = await findEntry((oid) => objects.read(oid), root, NESTED_FILE)
  return entry ? parseNested((await objects.read(entry.oid)).data) : []
}

/** HEAD, index, and what else of `.git` a save holds; the files are there already. */
async function restoreClone(
  layout: Layout,
  objects: ShadowObjects,
  save: ParsedSave,
  signal: AbortSignal,
): Promise<void> {
  await borrowObjects(layout, objects, save, signal)
  await restoreHead(layout, save, signal)
  await restoreIndex(layout, save, signal)
  if (save.clone) await restoreCloneState(layout, objects, save.clone, signal)
  const user: GitOptions = { gitDir: layout.gitDir, workTree: layout.work, signal }
  await git(['update-index', '-q', '--refresh'], { ...user, allowedCodes: [0, 1] })
  if (save.clone) await restoreIndexRest(layout, objects, save.clone, signal)
}

/** Commits and staged blobs may be reachable from the save alone: the clone gets its own copy of them. */
async function borrowObjects(
  layout: Layout,
  objects: ShadowObjects,
  save: ParsedSave,
  signal: AbortSignal,
): Promise<void> {
  const { gitDir, shadow } = layout
  const input = (await beside(objects, save)).map((oid) => `${oid}\n`).join('')
  const { stdout } = await git(['cat-file', '--batch-check'], { gitDir, input, signal })
  const wanted = Array.from(
    stdout.toString('latin1').matchAll(/^([0-9a-f]{40}) missing$/gm),
    ([, oid = '']) => oid,
  )
  if (wanted.length === 0) return
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
  await git(['fetch', ...options, '--', shadow, ...wanted], { gitDir, signal })
}

/**
 * HEAD's commit, what is staged, and the state of the clone: the save's parents that are no saves. Nested repositories
 * get their own.
 */
async function beside(objects: ShadowObjects, save: ParsedSave): Promise<string[]> {
  const candidates = new Set([save.headCommit, save.clone, save.head, ...save.parents])
  candidates.delete(save.nested)
  const found: string[] = []
  for (const oid of candidates) {
    if (oid === null || !OID.test(oid) || !(await objects.has(oid))) continue
    const { type, data } = await objects.read(oid)
    if (type === 'commit' && !parseSave(data)) found.push(oid)
  }
  return found
}

/** A branch stands where the save says, even if the remote's has been moved by somebody else meanwhile. */
async function restoreHead(layout: Layout, save: ParsedSave, signal: AbortSignal): Promise<void> {
  const user: GitOptions = { gitDir: layout.gitDir, signal }
  if (!save.head.startsWith('refs/')) {
    await git(['update-ref', '--no-deref', 'HEAD', save.head], user)
    return
  }
  await writeFile(join(layout.gitDir, 'HEAD'), `ref: ${save.head}\n`)
  const { commit } = await readHead(layout.gitDir)
  if (save.headCommit && save.headCommit !== commit)
    await git(['update-ref', save.head, save.headCommit], user)
}

async function restoreIndex(layout: Layout, save: ParsedSave, signal: AbortSignal): Promise<void> {
  const user: GitOptions = { gitDir: layout.gitDir, workTree: layout.work, signal }
  const { commit } = await readHead(layout.gitDir)
  const tree = save.index ?? commit ?? EMPTY_TREE_OID
  // The tree of the save need not be in the clone: only entries that stay are looked up.
  await git(['read-tree', '-m', tree], { ...user, env: alternates(layout) })
}

function alternates(layout: Layout): Record<string, string> {
  return { GIT_ALTERNATE_OBJECT_DIRECTORIES: join(layout.shadow, 'objects') }
}
