import type { FileChange, FileEntry } from '@codenest/runner/protocol'
import { createMemo, createSignal, onCleanup, type Accessor } from 'solid-js'
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
  copy: (from: string, to: string) => Promise<void>
  remove: (path: string) => Promise<void>
}

const SETTLE_MILLISECONDS = 60
/** A folder of 100,000 files takes a second to list, and is not listed all the time while a program fills it. */
const REST_PER_LOAD = 2
const MAX_REST_MILLISECONDS = 3_000
/** For a copy of a folder with all it holds. */
const COPY_MILLISECONDS = 600_000

/** The folders that are open in the explorer, loaded as they are opened and refreshed as the disk changes. */
export function createFiles(
  connection: Connection,
  readiness: Readiness,
  initiallyExpanded: string[],
): Files {
  // No store: its proxies would cost more than the folders, of which one may have 100,000 entries.
  const [folders, setFolders] = createSignal<ReadonlyMap<string, Folder>>(new Map())
  const [expanded, setExpanded] = createSignal<ReadonlySet<string>>(new Set(initiallyExpanded))
  const rows = createMemo(() => flattenTree(folders(), expanded()))
  const stale = new Set<string>()
  /** Milliseconds that the last load of a folder took. */
  const cost = new Map<string, number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const names = new WeakMap<FileEntry[], Set<string>>()
  const namesOf = (entries: FileEntry[]): Set<string> => {
    const known = names.get(entries) ?? new Set(entries.map(({ name }) => name))
    names.set(entries, known)
    return known
  }
  const put = (path: string, folder: Folder) => setFolders((all) => new Map(all).set(path, folder))
  const load = async (path: string) => {
    if (!folders().has(path)) put(path, { state: 'loading' })
    const started = performance.now()
    try {
      put(path, { state: 'ready', entries: await connection.request('files.list', { path }) })
    } catch (error) {
      // A folder that is shown stays as it was: a short loss of connection must not empty the tree.
      if (folders().get(path)?.state !== 'ready') put(path, { state: 'failed', message: messageOf(error) })
    }
    cost.set(path, performance.now() - started)
  }
  const refresh = (paths: Iterable<string>) => {
    for (const path of paths) if (folders().has(path)) stale.add(path)
    if (stale.size === 0 || timer !== undefined) return
    const slowest = Math.max(...[...stale].map((path) => cost.get(path) ?? 0))
    timer = setTimeout(
      () => {
        timer = undefined
        for (const path of stale) void load(path)
        stale.clear()
      },
      Math.min(Math.max(SETTLE_MILLISECONDS, slowest * REST_PER_LOAD), MAX_REST_MILLISECONDS),
    )
  }
  /** What is gone is not offered until the folder is listed anew. */
  const forget = (path: string) => {
    const parent = folders().get(parentOf(path))
    if (parent?.state !== 'ready') return
    put(parentOf(path), {
      state: 'ready',
      entries: parent.entries.filter(({ name }) => name !== baseName(path)),
    })
  }
  /** A folder's listing changes with it; "changed" may also be a file that was made and written at once. */
  const isStructural = ({ path, kind }: FileChange): boolean => {
    if (kind !== 'changed') return true
    const parent = folders().get(parentOf(path))
    return parent?.state === 'ready' && !namesOf(parent.entries).has(baseName(path))
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
      if (changes.some((change) => change.path === '')) refresh(folders().keys())
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
    root: () => folders().get(''),
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
      forget(from)
      setExpanded(new Set([...expanded()].map((path) => movedPath(path, from, to))))
      for (const path of expanded()) if (isInside(path, to)) void load(path)
      refresh([parentOf(from), parentOf(to)])
    },
    copy: async (from, to) => {
      await connection.request('files.copy', { from, to }, COPY_MILLISECONDS)
      refresh([parentOf(to)])
    },
    remove: async (path) => {
      await connection.request('files.delete', { path })
      forget(path)
      setExpanded(new Set([...expanded()].filter((folder) => !isInside(folder, path))))
      refresh([parentOf(path)])
    },
  }
}
