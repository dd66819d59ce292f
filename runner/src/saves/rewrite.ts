import { createObject, hashObject } from '../git/objects.ts'
import type { GitObject } from '../git/objects.ts'
import type { Addition } from './save-chain.ts'
import { editTrees, findEntry } from './save-tree.ts'
import type { Edit } from './save-tree.ts'
import type { ShadowObjects } from './shadow-objects.ts'

/** Files that are changed together, as one save. */
export interface Rewrite {
  saveId: string
  subject: string
  files: { path: string; before: Buffer; after: Buffer }[]
}

export interface Rewritten {
  /** Files that are not as they were, or that no save holds: they stay as they are. */
  left: string[]
}

/** The save that has the new files and is otherwise the tree `from`, which is what is on disk; null when none changes. */
export async function planRewrite(
  objects: ShadowObjects,
  from: string,
  { saveId, subject, files }: Rewrite,
): Promise<Rewritten & { addition: Addition | null }> {
  const read = (oid: string): Promise<GitObject> => objects.read(oid)
  const left: string[] = []
  const blobs: GitObject[] = []
  const edits: Edit[] = []
  for (const { path, before, after } of files) {
    const entry = await findEntry(read, from, path)
    if (entry?.oid !== hashObject('blob', before)) {
      left.push(path)
      continue
    }
    const blob = createObject('blob', after)
    blobs.push(blob)
    edits.push({ path, mode: entry.mode, oid: blob.oid })
  }
  if (edits.length === 0) return { left, addition: null }
  const trees = await editTrees(read, from, edits)
  const tree = trees.at(-1)?.oid ?? from
  const made = { objects: [...blobs, ...trees], selfContained: false }
  return { left, addition: { tree, ...made, subject, saveIds: [saveId] } }
}
