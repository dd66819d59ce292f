import { parentOf } from '../../kernel/paths.ts'
import type { TreeRow } from '../../kernel/tree.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'
import type { MenuEntry } from '../../ui/menu-entry.ts'
import type { ExplorerModel } from './explorer-model.ts'

/** What can be done with a row; without one, with the root. */
export function treeMenu(
  row: TreeRow | undefined,
  model: ExplorerModel,
  session: WorkspaceSession,
): MenuEntry[] {
  const folder = row === undefined ? '' : row.kind === 'folder' ? row.path : parentOf(row.path)
  const create: MenuEntry[] = [
    {
      label: 'New file…',
      separated: row !== undefined && row.kind !== 'folder',
      run: () => model.startCreate('file', folder),
    },
    { label: 'New folder…', run: () => model.startCreate('folder', folder) },
  ]
  if (!row) return create
  return [
    ...(row.kind === 'folder' ? [] : [{ label: 'Open', run: () => session.tabs.open(row.path, true) }]),
    ...create,
    { label: 'Rename…', keys: ['F2'], separated: true, run: () => model.startRename(row.path) },
    {
      label: 'History',
      run: () => {
        session.timelineOf[1](row.path)
        session.commands.run('view.history')
      },
    },
    { label: 'Copy path', run: () => void navigator.clipboard.writeText(row.path) },
    { label: 'Delete…', keys: ['Del'], danger: true, separated: true, run: () => model.askDelete(row) },
  ]
}
