import { createSignal, type Accessor } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { baseName, joinPath, nameProblem, parentOf } from '../../kernel/paths.ts'
import type { TreeRow } from '../../kernel/tree.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { createExplorerUploads, type ExplorerUploads } from './explorer-uploads.ts'
import { createFileMoves, type FileMoves } from './file-moves.ts'

/** A name that is being typed into the tree. */
export type TreeEdit =
  | { kind: 'rename'; path: string }
  | { kind: 'create'; what: 'file' | 'folder'; parent: string }

export interface ExplorerModel {
  /** The row that keys and new files refer to. */
  current: Accessor<string | null>
  setCurrent: (path: string | null) => void
  edit: Accessor<TreeEdit | null>
  startRename: (path: string) => void
  /** In the folder of the current row, or in `parent`. */
  startCreate: (what: 'file' | 'folder', parent?: string) => void
  cancelEdit: () => void
  /** Null when it is done, else what is wrong with the name. */
  commitEdit: (name: string) => Promise<string | null>
  moves: FileMoves
  uploads: ExplorerUploads
  download: (path: string) => void
  /** The folder that the current row is or is in. */
  folder: () => string
  doomed: Accessor<TreeRow | null>
  askDelete: (row: TreeRow) => void
  cancelDelete: () => void
  confirmDelete: () => void
}

export function createExplorerModel(): ExplorerModel {
  const { toasts } = useApp()
  const session = useSession()
  const { files, links, tabs, documents } = session
  const [current, setCurrent] = createSignal<string | null>(tabs.active())
  const [edit, setEdit] = createSignal<TreeEdit | null>(null)
  const [doomed, setDoomed] = createSignal<TreeRow | null>(null)

  const show = (path: string) => {
    files.reveal(path)
    setCurrent(path)
  }
  const folderOfCurrent = () => {
    const row = files.rows().find((candidate) => candidate.path === current())
    if (!row) return ''
    return row.kind === 'folder' ? row.path : parentOf(row.path)
  }
  const perform = async (target: TreeEdit, name: string) => {
    if (target.kind === 'create') {
      const path = joinPath(target.parent, name)
      await files.create(path, target.what)
      files.reveal(path)
      setCurrent(path)
      if (target.what === 'file') session.edit(path)
      return
    }
    const to = joinPath(parentOf(target.path), name)
    if (to === target.path) return
    // What is typed must reach the old name before the file moves away from it.
    await documents.saveAll()
    await files.rename(target.path, to)
    tabs.moved(target.path, to)
    setCurrent(to)
  }

  return {
    current,
    setCurrent,
    edit,
    startRename: (path) => setEdit({ kind: 'rename', path }),
    startCreate: (what, parent = folderOfCurrent()) => {
      if (parent !== '') files.toggle(parent, true)
      setEdit({ kind: 'create', what, parent })
    },
    cancelEdit: () => setEdit(null),
    moves: createFileMoves(show),
    uploads: createExplorerUploads(),
    download: (path) =>
      void links.download(path).catch(toasts.failed(`${baseName(path)} was not downloaded`)),
    folder: folderOfCurrent,
    commitEdit: async (name) => {
      const target = edit()
      if (!target) return null
      const problem = nameProblem(name.trim())
      if (problem) return problem
      try {
        await perform(target, name.trim())
        setEdit(null)
        return null
      } catch (error) {
        return messageOf(error)
      }
    },
    doomed,
    askDelete: setDoomed,
    cancelDelete: () => setDoomed(null),
    confirmDelete: () => {
      const row = doomed()
      setDoomed(null)
      if (!row) return
      files.remove(row.path).then(() => tabs.removed(row.path), toasts.failed(`${row.name} was not deleted`))
    },
  }
}
