import type { FileChange, FileContent } from '@codenest/runner/protocol'
import { baseName, isInside, joinPath, movedPath } from './paths.ts'

/** A rename comes as a deletion and a creation, which may be told one after the other. Milliseconds. */
const TOGETHER_MILLISECONDS = 2_000
/** More than these appear when a branch is switched or a package unpacked: then nobody renamed a file. */
const MAX_CREATED = 30

export interface Renames {
  note: (changes: FileChange[]) => void
  /** Where the file that was at `path` with this version is now; null when it is nowhere to be found. */
  find: (path: string, version: string) => Promise<string | null>
}

/** Recognises what `mv` in a terminal did, so that an open file goes on under its new name. */
export function createRenames(
  read: (path: string) => Promise<FileContent>,
  now: () => number = Date.now,
): Renames {
  const created = new Map<string, number>()
  const deleted = new Map<string, number>()
  const prune = (seen: Map<string, number>) => {
    for (const [path, at] of seen) if (now() - at > TOGETHER_MILLISECONDS) seen.delete(path)
  }

  return {
    note: (changes) => {
      prune(created)
      prune(deleted)
      for (const { path, kind } of changes) {
        if (kind === 'created') created.set(path, now())
        if (kind === 'deleted') deleted.set(path, now())
      }
    },
    find: async (path, version) => {
      const folders = [...deleted.keys()].filter((gone) => gone !== path && isInside(path, gone))
      if (created.size > MAX_CREATED) return null
      const candidates = new Set<string>()
      for (const appeared of created.keys()) {
        candidates.add(appeared)
        // A folder that was just made is watched too late for what is moved into it at once.
        candidates.add(joinPath(appeared, baseName(path)))
        // Of a renamed folder only the folder itself may be told.
        for (const folder of folders) candidates.add(movedPath(path, folder, appeared))
      }
      candidates.delete(path)
      for (const candidate of candidates) {
        const file = await read(candidate).catch(() => null)
        if (file?.version === version && file.content !== '') return candidate
      }
      return null
    },
  }
}
