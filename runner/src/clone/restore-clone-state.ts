import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { parseCommit, parseTree } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import {
  BRANCH_REFS,
  CONFIG_FILE,
  FLAGS_FILE,
  LFS_FOLDER,
  REMOTE_REFS,
  STATE_FILES,
  STATE_FOLDERS,
  STATE_REFS,
  STATE_REFS_FILE,
  TAGS_FOLDER,
  UNMERGED_FILE,
} from '../saves/clone-state.ts'
import { isLfsName, lfsPath } from '../saves/lfs-objects.ts'
import { findEntry } from '../saves/save-tree.ts'
import type { ShadowObjects } from '../saves/shadow-objects.ts'

const RESTORED_REFS = [...STATE_REFS, ...BRANCH_REFS, ...REMOTE_REFS]

const FLAGS: Record<string, string[]> = {
  h: ['update-index', '--assume-unchanged'],
  S: ['update-index', '--skip-worktree'],
}

/** Puts back what `CloneStateReader` collected: an operation under way, stashes, configuration, hooks. */
export async function restoreCloneState(
  layout: Layout,
  objects: ShadowObjects,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const root = parseCommit((await objects.read(commit)).data).tree
  const read = async (path: string): Promise<Buffer | null> => readFileAt(objects, root, path)
  for (const name of await listFiles(objects, root, TAGS_FOLDER)) {
    const tag = await read(`${TAGS_FOLDER}/${name}`)
    const input = tag ?? Buffer.alloc(0)
    await git(['hash-object', '-t', 'tag', '-w', '--stdin'], { gitDir: layout.gitDir, input, signal })
  }
  await restoreRefs(layout, (await read(STATE_REFS_FILE)) ?? Buffer.alloc(0), signal)
  // After the refs, whose changes git would add to the logs.
  for (const path of await listFiles(objects, root, 'git')) {
    // The commit may come from anywhere: only what is collected is put back.
    if (!isStatePath(path)) continue
    const content = await read(`git/${path}`)
    if (content) await put(join(layout.gitDir, path), content, path.startsWith('hooks/') ? 0o755 : 0o644)
  }
  for (const name of await listFiles(objects, root, LFS_FOLDER)) {
    const stored = isLfsName(name) && (await read(`${LFS_FOLDER}/${name}`))
    if (stored) await put(join(layout.gitDir, lfsPath(name)), stored, 0o644)
  }
  const config = await read(CONFIG_FILE)
  if (config) await put(join(layout.gitDir, 'config'), config, 0o644)
}

async function restoreRefs(layout: Layout, listed: Buffer, signal: AbortSignal): Promise<void> {
  const options: GitOptions = { gitDir: layout.gitDir, signal }
  const refs = listed
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ', 2) as [value: string, ref: string])
    .filter(([, ref]) => RESTORED_REFS.some((prefix) => ref === prefix || ref.startsWith(`${prefix}/`)))
  if (refs.length === 0) return
  const direct = refs.filter(([value]) => !value.startsWith('ref:'))
  const input = direct.map(([oid]) => `${oid}\n`).join('')
  const { stdout } = await git(['cat-file', '--batch-check=%(objectname)'], { ...options, input })
  // A branch that came with the clone may be newer there than what travelled with the save.
  const here = new Set(stdout.toString('latin1').split('\n'))
  const updates = direct.filter(([oid]) => here.has(oid)).map(([oid, ref]) => `update ${ref} ${oid}\n`)
  await git(['update-ref', '--stdin'], { ...options, input: updates.join('') })
  for (const [value, ref] of refs)
    if (value.startsWith('ref:refs/')) await git(['symbolic-ref', ref, value.slice('ref:'.length)], options)
}

/** Puts back what no tree can hold of the index; after it was refreshed, which these entries would not survive. */
export async function restoreIndexRest(
  layout: Layout,
  objects: ShadowObjects,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const root = parseCommit((await objects.read(commit)).data).tree
  const user: GitOptions = { gitDir: layout.gitDir, workTree: layout.work, signal }
  const unmerged = await readFileAt(objects, root, UNMERGED_FILE)
  if (unmerged) await git(['update-index', '-z', '--index-info'], { ...user, input: unmerged })
  const flags = (await readFileAt(objects, root, FLAGS_FILE))?.toString('latin1').split('\0') ?? []
  for (const [flag, entries] of Map.groupBy(flags.filter(Boolean), (entry) => entry[0] ?? '')) {
    const paths = Buffer.from(entries.map((entry) => `${entry.slice(2)}\0`).join(''), 'latin1')
    const command = FLAGS[flag]
    if (command) await git([...command, '-z', '--stdin'], { ...user, input: paths })
    if (flag !== 'N') continue
    const options = ['--intent-to-add', '--force', '--pathspec-from-file=-', '--pathspec-file-nul']
    const env = { GIT_LITERAL_PATHSPECS: '1' }
    await git(['add', ...options], { ...user, input: paths, env, allowedCodes: [0, 128] })
  }
}

function isStatePath(path: string): boolean {
  if (path === 'logs/HEAD' || STATE_FILES.includes(path)) return true
  const [folder = '', name = '', ...deeper] = path.split('/')
  return STATE_FOLDERS.includes(folder) && deeper.length === 0 && !['', '.', '..'].includes(name)
}

async function readFileAt(objects: ShadowObjects, root: string, path: string): Promise<Buffer | null> {
  const entry = await findEntry((oid) => objects.read(oid), root, path)
  return entry && (await objects.read(entry.oid)).data
}

async function listFiles(objects: ShadowObjects, root: string, folder: string): Promise<string[]> {
  const top = await findEntry((oid) => objects.read(oid), root, folder)
  if (!top) return []
  const files: string[] = []
  const walk = async (tree: string, prefix: string): Promise<void> => {
    for (const { mode, name, oid } of parseTree((await objects.read(tree)).data)) {
      if (mode === '40000') await walk(oid, `${prefix}${name}/`)
      else files.push(prefix + name)
    }
  }
  await walk(top.oid, '')
  return files
}

async function put(path: string, content: Buffer, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { mode })
}
