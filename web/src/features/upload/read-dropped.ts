import { joinPath } from '../../kernel/paths.ts'
import type { Dropped } from '../explorer/explorer-uploads.ts'

export interface UploadItem {
  /** In the workspace. */
  path: string
  /** null for a folder without files. */
  file: File | null
}

export interface Chosen {
  items: UploadItem[]
  /** A `.git` was among them: the workspace has its own. */
  leftGit: boolean
}

/** Files and folders that were dropped or pasted, with all that is in them. */
export async function readDropped(dropped: Dropped[], folder: string): Promise<Chosen> {
  const chosen: Chosen = { items: [], leftGit: false }
  for (const { entry, file } of dropped) {
    if (entry) await walk(entry, folder, chosen)
    else if (file) chosen.items.push({ path: joinPath(folder, file.name), file })
  }
  return chosen
}

/** Files of a picker; those of a folder know their path in it. */
export function readPicked(files: Iterable<File>, folder: string): Chosen {
  const chosen: Chosen = { items: [], leftGit: false }
  for (const file of files) {
    const path = joinPath(folder, file.webkitRelativePath || file.name)
    if (isGit(path)) chosen.leftGit = true
    else chosen.items.push({ path, file })
  }
  return chosen
}

async function walk(entry: FileSystemEntry, folder: string, chosen: Chosen): Promise<void> {
  const path = joinPath(folder, entry.name)
  if (isGit(path)) {
    chosen.leftGit = true
  } else if (entry instanceof FileSystemDirectoryEntry) {
    const reader = entry.createReader()
    let count = 0
    // At most a hundred come at a time, and an empty answer says that these were all.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      )
      if (some.length === 0) break
      count += some.length
      for (const each of some) await walk(each, path, chosen)
    }
    if (count === 0) chosen.items.push({ path, file: null })
  } else if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    chosen.items.push({ path, file })
  }
}

function isGit(path: string): boolean {
  return path.split('/').some((name) => name.toLowerCase() === '.git')
}
