import { RunnerError } from '../errors.ts'
import { MODE_GITLINK, MODE_TREE, parseCommit } from '../git/objects.ts'
import type { GitObject } from '../git/objects.ts'
import { fetchInto } from '../git/fetch.ts'
import type { Remote } from '../git/remote.ts'
import { git, GitError } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import { findEntry, graftTree } from './save-tree.ts'
import type { ShadowObjects } from './shadow-objects.ts'

export interface TakeOverOptions {
  layout: Layout
  objects: ShadowObjects
  remote: Remote
  signal: AbortSignal
}

/** Makes sure that a commit of the workspace's history is on this disk. Throws `RunnerError`. */
export async function bringCommit(options: TakeOverOptions, commit: string): Promise<void> {
  const { layout, objects, remote, signal } = options
  if (await objects.has(commit)) return
  try {
    await fetchInto(layout.shadow, remote, ['--', remote.url, commit], signal)
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    const message =
      'The remote does not have that save, or cannot be reached. Reload the history and try again.'
    throw new RunnerError('not_found', message, { cause: error })
  }
}

/** The tree `current` with `path` (null: everything) as it is in `commit`; new trees, the root last. */
export async function treeWith(
  objects: ShadowObjects,
  current: string | null,
  commit: string,
  path: string | null,
): Promise<{ tree: string; made: GitObject[] }> {
  const read = (oid: string): Promise<GitObject> => objects.read(oid)
  const { tree } = parseCommit((await read(commit)).data)
  if (path === null) return current === null ? { tree, made: [] } : keepNested(objects, current, tree)
  const made = await graftTree(read, current, path, await findEntry(read, tree, path))
  return { tree: made.at(-1)?.oid ?? tree, made }
}

/** A commit of the user names no more than the commit of a submodule: the files that are there stay. */
async function keepNested(
  objects: ShadowObjects,
  current: string,
  target: string,
): Promise<{ tree: string; made: GitObject[] }> {
  const made = new Map<string, GitObject>()
  const read = async (oid: string): Promise<GitObject> => made.get(oid) ?? (await objects.read(oid))
  const { stdout } = await git(['ls-tree', '-r', '-z', target], { gitDir: objects.gitDir })
  const links = stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line.startsWith(`${MODE_GITLINK} `))
  let tree = target
  for (const line of links) {
    const path = line.slice(line.indexOf('\t') + 1)
    const here = await findEntry(read, current, path)
    if (here?.mode !== MODE_TREE) continue
    for (const object of await graftTree(read, tree, path, here)) {
      made.set(object.oid, object)
      tree = object.oid
    }
  }
  return { tree, made: [...made.values()] }
}

/** Changes the files from one tree to another; nothing else is touched. Throws `RunnerError` when something is in the way. */
export async function switchFiles(
  { layout, signal }: TakeOverOptions,
  from: string,
  to: string,
): Promise<void> {
  try {
    await git(['read-tree', '-m', '-u', from, to], {
      gitDir: layout.shadow,
      workTree: layout.work,
      indexFile: layout.snapIndex,
      signal,
    })
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    const message =
      'A file that no save holds is in the way, or a file changed at this moment. Move it aside and try again.'
    throw new RunnerError('file_changed', message, { cause: error })
  }
}

/** Merges two saves of one workspace; `conflicts` are the files with marks in them. */
export async function mergeTrees(
  { layout, signal }: TakeOverOptions,
  ours: string,
  theirs: string,
): Promise<{ tree: string; conflicts: string[] }> {
  const { stdout } = await git(
    [
      'merge-tree',
      '--write-tree',
      '--name-only',
      '--no-messages',
      '--allow-unrelated-histories',
      '-z',
      ours,
      theirs,
    ],
    { gitDir: layout.shadow, allowedCodes: [0, 1], signal },
  )
  const [tree = '', ...conflicts] = stdout.toString('utf8').split('\0').filter(Boolean)
  return { tree, conflicts: [...new Set(conflicts)] }
}
