import type { ObjectReader } from '../git/object-reader.ts'
import { SUBMODULE_MODE } from '../git/tree.ts'
import { diffTrees } from '../git/tree-diff.ts'
import type { HistoryEntry } from '../protocol.ts'
import type { CommitInfo } from './commits.ts'
import type { PathState } from './path-change.ts'

/** Files that are counted for one entry, and those that are named. */
const COUNTED = 100
const NAMED = 10

/** An entry as the page shows it. It costs what it changed, up to `COUNTED` files. */
export async function describeEntry(
  objects: ObjectReader,
  commit: CommitInfo,
  before: CommitInfo | null,
  session: string | null,
  state?: PathState,
): Promise<HistoryEntry> {
  const paths: string[] = []
  let files = 0
  let bytes = 0
  let more = false
  for await (const { path, new: file } of diffTrees(objects, before?.tree ?? null, commit.tree)) {
    if (files >= COUNTED) {
      more = true
      break
    }
    files += 1
    if (paths.length < NAMED) paths.push(path)
    if (file && file.mode !== SUBMODULE_MODE) bytes += (await objects.sizeOf(file.oid)) ?? 0
  }
  return {
    id: commit.oid,
    kind: session === null ? 'commit' : 'save',
    session,
    at: new Date(commit.time * 1000).toISOString(),
    author: commit.author,
    message: commit.subject,
    parent: before?.oid ?? null,
    files,
    more,
    paths,
    bytes,
    ...state,
  }
}
