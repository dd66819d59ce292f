import type { ObjectReader } from '../git/object-reader.ts'
import { LINK_MODE, SUBMODULE_MODE } from '../git/tree.ts'
import { diffTrees } from '../git/tree-diff.ts'
import type { TreeChange, TreeSide } from '../git/tree-diff.ts'
import type { ChangedFile, Changes } from '../protocol.ts'
import { MAX_TEXT_BYTES } from './file-at.ts'
import type { CommitInfo } from './commits.ts'

/** Files that are listed. */
const LISTED = 1000
/** Bytes that are read for one answer to tell text from what is none. */
const READ_BYTES = 32 * 1024 * 1024
/** As git does: what has a NUL in its first bytes is no text. */
const LOOKED_AT = 8000

/** What differs between two commits (`from` null: everything is new). It costs what differs. */
export async function listChanges(
  objects: ObjectReader,
  from: CommitInfo | null,
  to: CommitInfo,
  path: string | null,
  signal: AbortSignal,
): Promise<Changes> {
  const files: ChangedFile[] = []
  const budget = { left: READ_BYTES }
  let truncated = false
  for await (const change of diffTrees(objects, from?.tree ?? null, to.tree, path)) {
    signal.throwIfAborted()
    if (files.length >= LISTED) {
      truncated = true
      break
    }
    files.push(await describe(objects, change, budget))
  }
  return { from: from?.oid ?? null, to: to.oid, files, truncated }
}

type Side = ChangedFile['old']

async function describe(
  objects: ObjectReader,
  change: TreeChange,
  budget: { left: number },
): Promise<ChangedFile> {
  const [old, next] = [await measure(objects, change.old), await measure(objects, change.new)]
  const tooLarge = [old, next].some((side) => (side?.size ?? 0) > MAX_TEXT_BYTES)
  const binary = tooLarge ? null : await isBinary(objects, [old, next], budget)
  return { path: change.path, status: statusOf(change), old, new: next, binary, tooLarge }
}

function statusOf({ old, new: next }: TreeChange): ChangedFile['status'] {
  if (!old) return 'added'
  if (!next) return 'deleted'
  // `100644` and `100755` are both files.
  return old.mode.slice(0, 3) === next.mode.slice(0, 3) ? 'modified' : 'type'
}

async function measure(objects: ObjectReader, side: TreeSide | null): Promise<Side> {
  return side && { ...side, size: side.mode === SUBMODULE_MODE ? null : await objects.sizeOf(side.oid) }
}

/** null when there is no more to be spent on reading. A link's target and a submodule's commit count as text. */
async function isBinary(
  objects: ObjectReader,
  sides: Side[],
  budget: { left: number },
): Promise<boolean | null> {
  for (const side of sides) {
    if (!side || [LINK_MODE, SUBMODULE_MODE].includes(side.mode)) continue
    budget.left -= side.size ?? 0
    if (budget.left < 0) return null
    const blob = await objects.read(side.oid)
    if (blob?.content.subarray(0, LOOKED_AT).includes(0)) return true
  }
  return false
}
