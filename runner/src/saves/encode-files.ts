import { createObject, EMPTY_TREE_OID, encodeTree, MODE_TREE } from '../git/objects.ts'
import type { GitObject, TreeEntry } from '../git/objects.ts'

/**
 * Blobs and trees of a few files, by path. `blobs` are ids of blobs that exist: they hang below the folder `blobs`, so
 * that the tree keeps them. Returns the root's id, and the objects with the root last.
 */
export function encodeFiles(
  files: Map<string, Buffer>,
  blobs: string[] = [],
): { tree: string; objects: GitObject[] } {
  const objects: GitObject[] = []
  const leaves: [string[], TreeEntry][] = []
  for (const [path, content] of files) {
    const blob = createObject('blob', content)
    objects.push(blob)
    const names = path.split('/')
    leaves.push([names, { mode: '100644', name: names.at(-1) ?? '', oid: blob.oid }])
  }
  for (const oid of new Set(blobs)) leaves.push([['blobs', oid], { mode: '100644', name: oid, oid }])
  if (leaves.length === 0) return { tree: EMPTY_TREE_OID, objects: [] }
  return { tree: encodeFolder(leaves, 0, objects), objects }
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
