import { createObject, EMPTY_TREE_OID, encodeTree, MODE_TREE } from '../git/objects.ts'
import type { GitObject, TreeEntry } from '../git/objects.ts'

/**
 * Blobs and trees of a few files, by path. `blobs` are ids of blobs that exist, by path too: the tree keeps them.
 * Returns the root's id, and the objects with the root last.
 */
export function encodeFiles(
  files: Map<string, Buffer>,
  blobs = new Map<string, string>(),
): { tree: string; objects: GitObject[] } {
  const objects: GitObject[] = []
  const leaves: [string[], TreeEntry][] = []
  for (const [path, content] of files) {
    const blob = createObject('blob', content)
    objects.push(blob)
    leaves.push(leafAt(path, blob.oid))
  }
  for (const [path, oid] of blobs) leaves.push(leafAt(path, oid))
  if (leaves.length === 0) return { tree: EMPTY_TREE_OID, objects: [] }
  return { tree: encodeFolder(leaves, 0, objects), objects }
}

function leafAt(path: string, oid: string): [string[], TreeEntry] {
  const names = path.split('/')
  return [names, { mode: '100644', name: names.at(-1) ?? '', oid }]
}

function encodeFolder(leaves: [string[], TreeEntry][], depth: number, objects: GitObject[]): string {
  const entries = leaves.filter(([names]) => names.length === depth + 1).map(([, entry]) => entry)
  const deeper = leaves.filter(([names]) => names.length > depth + 1)
  for (const [name, below] of Map.groupBy(deeper, ([names]) => names[depth] ?? ''))
    entries.push({ mode: MODE_TREE, name, oid: encodeFolder(below, depth + 1, objects) })
  const tree = createObject('tree', encodeTree(entries))
  objects.push(tree)
  return tree.oid
}
