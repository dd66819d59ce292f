import type { ObjectReader } from '../git/object-reader.ts'
import { SUBMODULE_MODE, TREE_MODE } from '../git/tree.ts'
import { createPathLookup } from '../git/tree-diff.ts'
import type { FileAtCommit } from '../protocol.ts'
import type { CommitInfo } from './commits.ts'

/** As large as the editor opens. */
export const MAX_TEXT_BYTES = 5 * 1024 * 1024

/** A text file as it was in a save or commit. */
export async function readTextAt(
  objects: ObjectReader,
  commit: CommitInfo,
  path: string,
): Promise<FileAtCommit> {
  const file = await createPathLookup(objects, path)(commit.tree)
  if (!file || [TREE_MODE, SUBMODULE_MODE].includes(file.mode)) return { content: null, problem: null }
  if (((await objects.sizeOf(file.oid)) ?? 0) > MAX_TEXT_BYTES)
    return { content: null, problem: 'It is too large to be shown.' }
  const blob = await objects.read(file.oid)
  const content = blob ? decodeText(blob.content) : null
  return { content, problem: content === null ? 'It is not text in UTF-8.' : null }
}

function decodeText(content: Buffer): string | null {
  if (content.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return null
  }
}
