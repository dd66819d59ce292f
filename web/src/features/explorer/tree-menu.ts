import { baseName, parentOf } from '../../kernel/paths.ts'
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
  const { held } = model.moves
  const what = held()
  const paste: MenuEntry = {
    label: what ? `Paste ${baseName(what.path)}` : 'Paste',
    keys: ['Mod+V'],
    disabled: what === null,
    run: () => model.moves.paste(folder),
  }
  const upload: MenuEntry[] = [
    { label: 'Upload files…', separated: true, run: () => model.uploads.pick('files', folder) },
    { label: 'Upload a folder…', run: () => model.uploads.pick('folder', folder) },
  ]
  if (!row)
    return [
      ...create,
      { ...paste, separated: true },
      ...upload,
      { label: 'Download all as zip', run: () => model.download('') },
    ]
  return [
    ...(row.kind === 'folder' ? [] : [{ label: 'Open', run: () => session.tabs.open(row.path, true) }]),
    ...create,
    { label: 'Cut', keys: ['Mod+X'], separated: true, run: () => model.moves.hold(row.path, 'cut') },
    { label: 'Copy', keys: ['Mod+C'], run: () => model.moves.hold(row.path, 'copy') },
    paste,
    { label: 'Copy path', run: () => void navigator.clipboard.writeText(row.path) },
    ...upload,
    {
      label: row.kind === 'folder' ? 'Download as zip' : 'Download',
      run: () => model.download(row.path),
    },
    {
      label: 'History',
      separated: true,
      run: () => {
        session.timelineOf[1](row.path)
        session.commands.run('view.history')
      },
    },
    { label: 'Rename…', keys: ['F2'], run: () => model.startRename(row.path) },
    { label: 'Delete…', keys: ['Del'], danger: true, run: () => model.askDelete(row) },
  ]
}
