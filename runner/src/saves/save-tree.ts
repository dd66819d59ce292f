import { createObject, encodeTree, MODE_GITLINK, MODE_TREE, parseTree } from '../git/objects.ts'
import type { GitObject, TreeEntry } from '../git/objects.ts'

/** The path runs through a nested repository, of which a tree holds only the commit. */
export class NestedRepositoryError extends Error {
  override name = 'NestedRepositoryError'
}

export interface Edit {
  path: string
  mode: string
  oid: string
}

type Leaf = Pick<TreeEntry, 'mode' | 'oid'>
type ReadObject = (oid: string) => Promise<GitObject>

/**
 * The tree that has `edit` and is otherwise `root` (null: empty). Returns the trees on the edit's path, the new
 * root last. Throws `NestedRepositoryError`, and what `read` throws.
 */
export async function editTree(read: ReadObject, root: string | null, edit: Edit): Promise<GitObject[]> {
  return replace(read, root, split(edit.path), { mode: edit.mode, oid: edit.oid })
}

/** Like `editTree`, with several edits of different paths: each tree that they change is made once. */
export async function editTrees(read: ReadObject, root: string | null, edits: Edit[]): Promise<GitObject[]> {
  return replaceAll(
    read,
    root,
    edits.map(({ path, mode, oid }) => ({ names: split(path), leaf: { mode, oid } })),
  )
}

/** Like `editTree`, with whatever `leaf` is at `path`; null removes it, and folders that get empty by that. */
export async function graftTree(
  read: ReadObject,
  root: string | null,
  path: string,
  leaf: Leaf | null,
): Promise<GitObject[]> {
  return replace(read, root, split(path), leaf)
}

/** What a tree has at a path; null for nothing. */
export async function findEntry(read: ReadObject, root: string, path: string): Promise<Leaf | null> {
  let entry: Leaf = { mode: MODE_TREE, oid: root }
  for (const name of split(path)) {
    if (entry.mode !== MODE_TREE) return null
    const found = parseTree((await read(entry.oid)).data).find((each) => each.name === name)
    if (!found) return null
    entry = found
  }
  return entry
}

function split(path: string): string[] {
  return path.split('/').map((name) => Buffer.from(name).toString('latin1'))
}

async function replace(
  read: ReadObject,
  tree: string | null,
  [name = '', ...rest]: string[],
  leaf: Leaf | null,
): Promise<GitObject[]> {
  const entries = tree ? parseTree((await read(tree)).data) : []
  const present = entries.find((entry) => entry.name === name)
  const others = entries.filter((entry) => entry !== present)
  if (rest.length === 0)
    return [createObject('tree', encodeTree(leaf ? [...others, { name, ...leaf }] : others))]

  if (present?.mode === MODE_GITLINK) throw new NestedRepositoryError(name)
  const below = await replace(read, present?.mode === MODE_TREE ? present.oid : null, rest, leaf)
  const folder = below.at(-1)
  const isEmpty = folder === undefined || folder.data.length === 0
  const kept = isEmpty ? others : [...others, { name, mode: MODE_TREE, oid: folder.oid }]
  return [...(isEmpty ? [] : below), createObject('tree', encodeTree(kept))]
}

async function replaceAll(
  read: ReadObject,
  tree: string | null,
  edits: { names: string[]; leaf: Leaf }[],
): Promise<GitObject[]> {
  const entries = new Map((tree ? parseTree((await read(tree)).data) : []).map((each) => [each.name, each]))
  const made: GitObject[] = []
  for (const [name, inside] of Map.groupBy(edits, ({ names }) => names[0] ?? '')) {
    const present = entries.get(name)
    const [only] = inside
    if (only?.names.length === 1) {
      entries.set(name, { name, ...only.leaf })
      continue
    }
    if (present?.mode === MODE_GITLINK) throw new NestedRepositoryError(name)
    const below = await replaceAll(
      read,
      present?.mode === MODE_TREE ? present.oid : null,
      inside.map(({ names, leaf }) => ({ names: names.slice(1), leaf })),
    )
    made.push(...below)
    entries.set(name, { name, mode: MODE_TREE, oid: below.at(-1)?.oid ?? '' })
  }
  return [...made, createObject('tree', encodeTree([...entries.values()]))]
}
