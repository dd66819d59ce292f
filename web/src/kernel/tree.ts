import type { FileEntry } from '@codenest/runner/protocol'
import { joinPath } from './paths.ts'

export type Folder =
  | { state: 'loading' }
  | { state: 'failed'; message: string }
  | { state: 'ready'; entries: FileEntry[] }

/** A visible line of the explorer. */
export interface TreeRow {
  path: string
  name: string
  kind: FileEntry['kind']
  ignored: boolean
  /** 1 for children of the root, as `aria-level` counts. */
  level: number
  expanded: boolean
  /** One-based place among its siblings, and their number: virtual rows must say so themselves. */
  position: number
  siblings: number
}

export function flattenTree(folders: ReadonlyMap<string, Folder>, expanded: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = []
  const visit = (folder: string, level: number, ignored: boolean) => {
    const content = folders.get(folder)
    if (content?.state !== 'ready') return
    content.entries.forEach((entry, index) => {
      const path = joinPath(folder, entry.name)
      const open = entry.kind === 'folder' && expanded.has(path)
      rows.push({
        path,
        name: entry.name,
        kind: entry.kind,
        ignored: ignored || entry.ignored,
        level,
        expanded: open,
        position: index + 1,
        siblings: content.entries.length,
      })
      if (open) visit(path, level + 1, ignored || entry.ignored)
    })
  }
  visit('', 1, false)
  return rows
}

/** The next row, going round from `from`, whose name starts with what was typed. -1 when there is none. */
export function typeAhead(rows: TreeRow[], from: number, typed: string): number {
  const wanted = typed.toLowerCase()
  // One letter again and again walks on; more letters narrow down from where we are.
  const start = typed.length === 1 ? from + 1 : from
  for (let step = 0; step < rows.length; step++) {
    const index = (Math.max(start, 0) + step) % rows.length
    if (rows[index]?.name.toLowerCase().startsWith(wanted)) return index
  }
  return -1
}
