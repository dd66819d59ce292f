import type { SharedFolder } from '@codenest/platform/protocol'
import { createMemo, createSignal, type Accessor } from 'solid-js'
import { messageOf } from '../../kernel/errors.ts'
import { joinPath } from '../../kernel/paths.ts'

export type SharedKind = SharedFolder['entries'][number]['kind']

/** A line of the tree. */
export interface SharedRow {
  path: string
  name: string
  kind: SharedKind
  /** 1 for children of the root. */
  level: number
  expanded: boolean
}

export interface SharedFiles {
  rows: Accessor<SharedRow[]>
  /** Folders of which not all is listed. */
  truncated: Accessor<boolean>
  problem: Accessor<string | null>
  loading: Accessor<boolean>
  toggle: (path: string) => void
  /** Opens the folders that a path is in. */
  reveal: (path: string) => void
  /** The file to begin with: a README, else the first one; null when there is none at the top. */
  first: () => Promise<string | null>
  reload: () => void
}

/** Folders of a save as they are opened. `load` is asked for each once, until a reload. */
export function createSharedFiles(load: (path: string) => Promise<SharedFolder>): SharedFiles {
  const [folders, setFolders] = createSignal<ReadonlyMap<string, SharedFolder>>(new Map())
  const [expanded, setExpanded] = createSignal<ReadonlySet<string>>(new Set())
  const [problem, setProblem] = createSignal<string | null>(null)
  const [loading, setLoading] = createSignal(true)
  let turn = 0

  const fetchFolder = async (path: string) => {
    const mine = turn
    try {
      const folder = await load(path)
      if (mine !== turn) return
      setFolders((known) => new Map(known).set(path, folder))
      setProblem(null)
    } catch (error) {
      if (mine !== turn) return
      // A folder that the save does not have is closed again.
      if (path === '') setProblem(messageOf(error))
      else setExpanded((open) => new Set([...open].filter((each) => each !== path)))
    } finally {
      if (mine === turn) setLoading(false)
    }
  }
  const expand = (path: string) => {
    if (!folders().has(path)) void fetchFolder(path)
    setExpanded((open) => new Set(open).add(path))
  }
  const rows = createMemo(() => {
    const all: SharedRow[] = []
    const visit = (folder: string, level: number) => {
      for (const { name, kind } of folders().get(folder)?.entries ?? []) {
        const path = joinPath(folder, name)
        const isOpen = kind === 'folder' && expanded().has(path)
        all.push({ path, name, kind, level, expanded: isOpen })
        if (isOpen) visit(path, level + 1)
      }
    }
    visit('', 1)
    return all
  })

  return {
    rows,
    truncated: () => [...folders().values()].some((folder) => folder.truncated),
    problem,
    loading,
    toggle: (path) => {
      if (expanded().has(path)) setExpanded((open) => new Set([...open].filter((each) => each !== path)))
      else expand(path)
    },
    reveal: (path) => {
      const parts = path.split('/').slice(0, -1)
      parts.forEach((_part, n) => expand(parts.slice(0, n + 1).join('/')))
    },
    first: async () => {
      if (!folders().has('')) await fetchFolder('')
      const files =
        folders()
          .get('')
          ?.entries.filter(({ kind }) => kind === 'file') ?? []
      const readme = files.find(({ name }) => /^readme(\.\w+)?$/i.test(name))
      return (readme ?? files[0])?.name ?? null
    },
    reload: () => {
      turn++
      setLoading(true)
      setFolders(new Map())
      for (const path of ['', ...expanded()]) void fetchFolder(path)
    },
  }
}
