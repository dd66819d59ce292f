import type { FileChange } from '@codenest/runner/protocol'
import { createMemo, createSignal, onCleanup, type Accessor } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Connection } from './connection.ts'
import type { Readiness } from './readiness.ts'
import { messageOf } from './errors.ts'
import { ancestorsOf, baseName, isInside, movedPath, parentOf } from './paths.ts'
import { flattenTree, type Folder, type TreeRow } from './tree.ts'

export interface Files {
  rows: Accessor<TreeRow[]>
  root: Accessor<Folder | undefined>
  isExpanded: (path: string) => boolean
  expanded: Accessor<ReadonlySet<string>>
  toggle: (path: string, open?: boolean) => void
  collapseAll: () => void
  /** Opens all folders above a path. */
  reveal: (path: string) => void
  create: (path: string, kind: 'file' | 'folder') => Promise<void>
  rename: (from: string, to: string) => Promise<void>
  remove: (path: string) => Promise<void>
}

const SETTLE_MILLISECONDS = 60

/** The folders that are open in the explorer, loaded as they are opened and refreshed as the disk changes. */
export function createFiles(
  connection: Connection,
  readiness: Readiness,
  initiallyExpanded: string[],
): Files {
  const [folders, setFolders] = createStore<Record<string, Folder | undefined>>({})
  const [expanded, setExpanded] = createSignal<ReadonlySet<string>>(new Set(initiallyExpanded))
  const rows = createMemo(() => flattenTree(folders, expanded()))
  const stale = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const load = async (path: string) => {
    if (!folders[path]) setFolders(path, { state: 'loading' })
    try {
      const entries = await connection.request('files.list', { path })
      setFolders(path, { state: 'ready', entries })
    } catch (error) {
      // A folder that is shown stays as it was: a short loss of connection must not empty the tree.
      if (folders[path]?.state !== 'ready') setFolders(path, { state: 'failed', message: messageOf(error) })
    }
  }
  const refresh = (paths: Iterable<string>) => {
    for (const path of paths) if (folders[path]) stale.add(path)
    clearTimeout(timer)
    timer = setTimeout(() => {
      for (const path of stale) void load(path)
      stale.clear()
    }, SETTLE_MILLISECONDS)
  }
  /** A folder's listing changes with it; "changed" may also be a file that was made and written at once. */
  const isStructural = ({ path, kind }: FileChange): boolean => {
    if (kind !== 'changed') return true
    const parent = folders[parentOf(path)]
    return parent?.state === 'ready' && !parent.entries.some((entry) => entry.name === baseName(path))
  }
  const toggle = (path: string, open = !expanded().has(path)) => {
    if (open === expanded().has(path)) return
    const next = new Set(expanded())
    if (open) next.add(path)
    else next.delete(path)
    setExpanded(next)
    if (open) void load(path)
  }

  onCleanup(
    connection.on('files.changed', (changes: FileChange[]) => {
      // The root as a path says only that something changed somewhere.
      if (changes.some((change) => change.path === '')) refresh(Object.keys(folders))
      refresh(changes.filter(isStructural).map((change) => parentOf(change.path)))
    }),
  )
  onCleanup(
    readiness.onReady(() => {
      void load('')
      for (const path of expanded()) void load(path)
    }),
  )
  onCleanup(() => clearTimeout(timer))

  return {
    rows,
    root: () => folders[''],
    isExpanded: (path) => expanded().has(path),
    expanded,
    toggle,
    collapseAll: () => setExpanded(new Set<string>()),
    reveal: (path) => ancestorsOf(path).forEach((folder) => toggle(folder, true)),
    create: async (path, kind) => {
      await connection.request('files.create', { path, kind })
      refresh(['', ...ancestorsOf(path)])
    },
    rename: async (from, to) => {
      await connection.request('files.rename', { from, to })
      setExpanded(new Set([...expanded()].map((path) => movedPath(path, from, to))))
      for (const path of expanded()) if (isInside(path, to)) void load(path)
      refresh([parentOf(from), parentOf(to)])
    },
    remove: async (path) => {
      await connection.request('files.delete', { path })
      setExpanded(new Set([...expanded()].filter((folder) => !isInside(folder, path))))
      refresh([parentOf(path)])
    },
  }
}
