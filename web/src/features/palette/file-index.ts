import type { FileChange } from '@codenest/runner/protocol'
import fuzzysort from 'fuzzysort'
import { createSignal, type Accessor } from 'solid-js'
import { messageOf } from '../../kernel/errors.ts'
import { ancestorsOf } from '../../kernel/paths.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'
import type { Searchable } from './narrow.ts'

/** A path, ready to be searched. */
export interface IndexedFile extends Searchable {
  path: string
  prepared: ReturnType<typeof fuzzysort.prepare>
}

export interface FileIndex {
  /** All files that git would track. */
  files: Accessor<IndexedFile[]>
  /** What to say when nothing is found. */
  message: Accessor<string>
  /** Takes in what has changed since it was last asked for. */
  refresh: () => void
}

/** Above this many changed paths everything is listed anew; the runner takes no more of them at once. */
const MAX_CHANGED = 500
const PREPARED_AT_ONCE = 1_000
const NOTHING = 'No file matches.'

const indexes = new WeakMap<WorkspaceSession, FileIndex>()

/** One for each session, from when it is first wanted. */
export function fileIndexOf(session: WorkspaceSession): FileIndex {
  const index = indexes.get(session) ?? createFileIndex(session)
  indexes.set(session, index)
  return index
}

function createFileIndex({ connection, readiness }: WorkspaceSession): FileIndex {
  const [files, setFiles] = createSignal<IndexedFile[]>([])
  const [message, setMessage] = createSignal('Loading the list of files…')
  const changed = new Set<string>()
  let known = new Map<string, IndexedFile>()
  let isStale = true
  let isLoading = false

  const notice = (changes: FileChange[]) => {
    for (const { path, kind } of changes) {
      // Without a path anything may have changed; with other rules other files count.
      if (path === '' || path.endsWith('.gitignore')) isStale = true
      // "Changed" may also be a file that was made and written at once.
      else if (kind !== 'changed' || !known.has(path)) changed.add(path)
    }
    if (changed.size > MAX_CHANGED) isStale = true
  }
  connection.on('files.changed', notice)
  readiness.onReady(() => (isStale = true))

  const load = async () => {
    const within = isStale ? undefined : [...changed]
    isStale = false
    changed.clear()
    try {
      const { paths, truncated } = await connection.request('files.index', within ? { within } : {})
      const next = within ? without(known, new Set(within)) : new Map<string, IndexedFile>()
      for (const [count, path] of paths.entries()) {
        if (count % PREPARED_AT_ONCE === 0) await pause()
        next.set(path, known.get(path) ?? prepare(path))
      }
      known = next
      setFiles([...next.values()])
      if (truncated) setMessage('No file matches among those listed; the workspace has more.')
      else if (!within) setMessage(NOTHING)
    } catch (error) {
      isStale = true
      setMessage(messageOf(error))
    }
  }

  return {
    files,
    message,
    refresh: () => {
      if (isLoading || (!isStale && changed.size === 0)) return
      isLoading = true
      void load().finally(() => (isLoading = false))
    },
  }
}

/** Looked for once, a path has all that the next search of it needs: the first key would wait for 50,000 of them. */
function prepare(path: string): IndexedFile {
  const prepared = fuzzysort.prepare(path)
  fuzzysort.single(path.slice(-2), prepared)
  return { path, prepared, lower: path.toLowerCase(), name: path.lastIndexOf('/') + 1 }
}

/** Lets the page answer what else there is. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

function without(all: ReadonlyMap<string, IndexedFile>, gone: ReadonlySet<string>): Map<string, IndexedFile> {
  const isGone = (path: string) => gone.has(path) || ancestorsOf(path).some((folder) => gone.has(folder))
  return new Map([...all].filter(([path]) => !isGone(path)))
}
