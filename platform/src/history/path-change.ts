import type { ObjectReader } from '../git/object-reader.ts'
import { TREE_MODE, SUBMODULE_MODE } from '../git/tree.ts'
import type { TreeSide } from '../git/tree-diff.ts'
import type { CommitInfo, CommitReader } from './commits.ts'

/** What is at a path in an entry of its timeline; `file` is null where nothing is any more. */
export interface PathState {
  file: { oid: string; mode: string; size: number | null } | null
}

/**
 * What an entry has made of a path; null when it left it as it was. A merge changes only what is different from all of
 * its parents: anything else is told by the commit that it came from.
 */
export async function pathChange(
  objects: ObjectReader,
  find: (tree: string) => Promise<TreeSide | null>,
  commit: CommitInfo,
  before: CommitInfo | null,
  read: CommitReader,
): Promise<PathState | null> {
  const here = await find(commit.tree)
  const there = before && (await find(before.tree))
  if (isSame(here, there)) return null
  for (const oid of commit.save ? [] : commit.parents.slice(1)) {
    const parent = await read(oid)
    if (parent && isSame(here, await find(parent.tree))) return null
  }
  if (!here) return { file: null }
  const size = [TREE_MODE, SUBMODULE_MODE].includes(here.mode) ? null : await objects.sizeOf(here.oid)
  return { file: { ...here, size } }
}

function isSame(a: TreeSide | null, b: TreeSide | null): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode
}
