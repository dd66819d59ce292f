import { parentOf } from '../../kernel/paths.ts'
import type { TreeRow } from '../../kernel/tree.ts'

interface TreeActions {
  moveTo: (index: number) => void
  type: (letter: string) => void
  open: (row: TreeRow, pin: boolean) => void
  /** Opens it for good and puts the cursor into it. */
  edit: (row: TreeRow) => void
  toggle: (path: string, open: boolean) => void
  rename: (row: TreeRow) => void
  remove: (row: TreeRow) => void
}

/** The keyboard of a tree, as the ARIA practices describe it. `page` is in rows. */
export function handleTreeKey(
  event: KeyboardEvent,
  rows: TreeRow[],
  index: number,
  page: number,
  act: TreeActions,
): void {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
  const row = rows[index]
  const keys: Record<string, () => void> = {
    ArrowDown: () => act.moveTo(index + 1),
    ArrowUp: () => act.moveTo(index - 1),
    PageDown: () => act.moveTo(index + page),
    PageUp: () => act.moveTo(index - page),
    Home: () => act.moveTo(0),
    End: () => act.moveTo(rows.length - 1),
    ArrowRight: () => {
      if (row?.kind !== 'folder') return
      if (row.expanded) act.moveTo(index + 1)
      else act.toggle(row.path, true)
    },
    ArrowLeft: () => {
      if (row?.expanded) act.toggle(row.path, false)
      else if (row)
        act.moveTo(
          Math.max(
            0,
            rows.findIndex((other) => other.path === parentOf(row.path)),
          ),
        )
    },
    Enter: () => {
      if (row?.kind === 'folder') act.open(row, false)
      else if (row) act.edit(row)
    },
    ' ': () => row && act.open(row, false),
    F2: () => row && act.rename(row),
    Delete: () => row && act.remove(row),
  }
  const action = keys[event.key]
  if (action) action()
  else if (event.key.length === 1) act.type(event.key)
  else return
  event.preventDefault()
  event.stopPropagation()
}
