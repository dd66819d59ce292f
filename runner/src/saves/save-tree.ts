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

type ReadObject = (oid: string) => Promise<GitObject>

/**
 * The tree that has `edit` and is otherwise `root` (null: empty). Returns the trees on the edit's path, the new
 * root last. Throws `NestedRepositoryError`, and what `read` throws.
 */
export async function editTree(read: ReadObject, root: string | null, edit: Edit): Promise<GitObject[]> {
  const names = edit.path.split('/').map((name) => Buffer.from(name).toString('latin1'))
  return replace(read, root, names, { mode: edit.mode, oid: edit.oid })
}

async function replace(
  read: ReadObject,
  tree: string | null,
  [name = '', ...rest]: string[],
  leaf: Pick<TreeEntry, 'mode' | 'oid'>,
): Promise<GitObject[]> {
  const entries = tree ? parseTree((await read(tree)).data) : []
  const present = entries.find((entry) => entry.name === name)
  const others = entries.filter((entry) => entry !== present)
  if (rest.length === 0) return [createObject('tree', encodeTree([...others, { name, ...leaf }]))]

  if (present?.mode === MODE_GITLINK) throw new NestedRepositoryError(name)
  const below = await replace(read, present?.mode === MODE_TREE ? present.oid : null, rest, leaf)
  const folder = { name, mode: MODE_TREE, oid: below.at(-1)?.oid ?? '' }
  return [...below, createObject('tree', encodeTree([...others, folder]))]
}
