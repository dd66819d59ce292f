import { EMPTY_TREE, hashObject } from './object-id.ts'
import type { ObjectReader } from './object-reader.ts'
import { encodeTree, keyOf, TREE_MODE } from './tree.ts'
import type { TreeEntry } from './tree.ts'
import { readTreeEntries } from './tree-diff.ts'
import type { TreeSide } from './tree-diff.ts'

export interface Grafted {
  tree: string
  /** Trees that are new, the root last. */
  made: { oid: string; content: Buffer }[]
}

/**
 * A tree with `side` at a path: a file, a folder, or null for nothing. What is in the way is replaced, folders that
 * become empty go. It costs one tree for each part of the path.
 */
export async function graftTree(
  objects: ObjectReader,
  root: string,
  path: string,
  side: TreeSide | null,
): Promise<Grafted> {
  const made: Grafted['made'] = []
  const write = async (tree: string | null, [name = '', ...rest]: string[]): Promise<string | null> => {
    const entries = new Map<string, TreeEntry>()
    const known = tree === null ? [] : await readTreeEntries(objects, tree)
    for (const entry of known) entries.set(entry.key, entry)
    const key = keyOf(name)
    const inner = entries.get(key)
    if (rest.length === 0) {
      if (side) entries.set(key, { key, ...side })
      else entries.delete(key)
    } else {
      const oid = await write(inner?.mode === TREE_MODE ? inner.oid : null, rest)
      if (oid !== null) entries.set(key, { key, mode: TREE_MODE, oid })
      // Nothing was to go from below what is no folder.
      else if (inner?.mode === TREE_MODE) entries.delete(key)
    }
    if (entries.size === 0) return null
    const content = encodeTree([...entries.values()])
    const oid = hashObject('tree', content)
    if (oid !== tree) made.push({ oid, content })
    return oid
  }
  const tree = (await write(root === EMPTY_TREE ? null : root, path.split('/'))) ?? EMPTY_TREE
  return { tree, made }
}
