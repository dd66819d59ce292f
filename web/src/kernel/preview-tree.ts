/** A row of a tree of files that is shown as a whole. */
export interface PreviewRow {
  /** Last part of the path; of a folder with only one thing in it, as many parts as that goes on for. */
  label: string
  depth: number
  /** null for a folder. */
  path: string | null
}

interface Folder {
  folders: Map<string, Folder>
  files: { name: string; path: string }[]
}

/** Folders first, then files, each by name. */
export function previewRows(paths: string[]): PreviewRow[] {
  const root: Folder = { folders: new Map(), files: [] }
  for (const path of paths) {
    const parts = path.split('/')
    const name = parts.pop() ?? ''
    let folder = root
    for (const part of parts) {
      const inner = folder.folders.get(part) ?? { folders: new Map(), files: [] }
      folder.folders.set(part, inner)
      folder = inner
    }
    folder.files.push({ name, path })
  }
  const rows: PreviewRow[] = []
  const walk = (folder: Folder, depth: number): void => {
    for (const [name, inner] of [...folder.folders].sort(([a], [b]) => a.localeCompare(b))) {
      let [label, at] = [name, inner]
      for (
        let [only] = at.folders;
        only && at.files.length === 0 && at.folders.size === 1;
        [only] = at.folders
      )
        [label, at] = [`${label}/${only[0]}`, only[1]]
      rows.push({ label, depth, path: null })
      walk(at, depth + 1)
    }
    for (const { name, path } of folder.files.sort((a, b) => a.name.localeCompare(b.name)))
      rows.push({ label: name, depth, path })
  }
  walk(root, 0)
  return rows
}
