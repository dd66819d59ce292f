import type { FileContent } from './commit-files.ts'
import { parseCommit } from './commit.ts'
import type { ObjectReader } from './object-reader.ts'
import { PackError } from './pack-entry.ts'
import { LINK_MODE, nameOf, SUBMODULE_MODE, TREE_MODE } from './tree.ts'
import { readTreeEntries } from './tree-diff.ts'

export interface FileLimits {
  files: number
  /** Of all of them together. */
  bytes: number
  /** Folders within each other. */
  depth: number
}

/** Bytes of one folder's list for each file that there may be. */
const LIST_BYTES = 300

/**
 * All files of a commit with their contents, by path; null when that is more than the limits. Nothing is read beyond
 * them: a few objects can stand for any number of files. Submodules are left out.
 */
export async function readAllFiles(
  objects: ObjectReader,
  commit: string,
  limits: FileLimits,
): Promise<Map<string, FileContent> | null> {
  const object = await objects.read(commit)
  if (object?.type !== 'commit') throw new PackError(`there is no commit ${commit}`)
  const files = new Map<string, FileContent>()
  let entries = 0
  let room = limits.bytes
  const walk = async (tree: string, prefix: string, depth: number): Promise<boolean> => {
    if (depth > limits.depth || ((await objects.sizeOf(tree)) ?? 0) > limits.files * LIST_BYTES) return false
    for (const entry of await readTreeEntries(objects, tree)) {
      entries += 1
      // Folders count, too: there may be any number of empty ones.
      if (entries > 2 * limits.files || files.size > limits.files) return false
      const path = prefix + nameOf(entry)
      if (entry.mode === SUBMODULE_MODE) continue
      if (entry.mode === TREE_MODE) {
        if (!(await walk(entry.oid, `${path}/`, depth + 1))) return false
        continue
      }
      room -= (await objects.sizeOf(entry.oid)) ?? 0
      if (room < 0) return false
      const blob = await objects.read(entry.oid)
      if (blob?.type !== 'blob') throw new PackError(`there is no file ${entry.oid}`)
      // A copy: what is cut out of a pack would take the whole pack along.
      files.set(path, { content: new Uint8Array(blob.content), mode: fileMode(entry.mode) })
    }
    return files.size <= limits.files
  }
  return (await walk(parseCommit(object.content).tree, '', 1)) ? files : null
}

function fileMode(mode: string): FileContent['mode'] {
  if (mode === LINK_MODE) return '120000'
  return (Number.parseInt(mode, 8) & 0o100) === 0 ? '100644' : '100755'
}
