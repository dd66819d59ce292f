import type { FileContent, SavesStatus } from '@codenest/runner/protocol'
import { onCleanup } from 'solid-js'
import { createStore, produce } from 'solid-js/store'
import type { Connection } from './connection.ts'
import { createDocument, type DocumentState, type OpenDocument } from './document.ts'
import type { EditorEngine, EngineBuffer } from './editor-engine.ts'
import { messageOf, RunnerError } from './errors.ts'
import type { FileLinks } from './file-links.ts'
import { isInside, movedPath } from './paths.ts'
import type { Readiness } from './readiness.ts'
import { createRenames } from './renames.ts'
import type { SaveLedger } from './save-ledger.ts'
import { viewerOf, type Viewer } from './viewers.ts'

export type DocumentView =
  | { phase: 'loading' }
  | { phase: 'failed'; message: string; code: string | null }
  /** It is no text: a viewer shows it. */
  | { phase: 'viewer'; viewer: Viewer }
  /** `large`: bytes of a file that is too large to be edited; null for all others. */
  | ({ phase: 'open'; large: number | null } & DocumentState)

interface Handle {
  document: OpenDocument
  buffer: EngineBuffer
  /** Its tab is closed: it goes as soon as everything in it is handed over. */
  closing: boolean
}

export interface Documents {
  views: Record<string, DocumentView | undefined>
  /** Settles when it is open, or has failed to. */
  open: (path: string) => Promise<void>
  /** Reads it anew; as text even if a viewer shows its kind. What is unsaved in it is given up. */
  reopen: (path: string) => Promise<void>
  buffer: (path: string) => EngineBuffer | null
  save: (path: string) => Promise<void>
  saveAll: () => Promise<void>
  resolve: (path: string, choice: 'keep' | 'reload') => Promise<void>
  /** False when it has to be looked at first: a conflict, or text that could not be written. */
  close: (path: string) => boolean
  /** Gives up a file or all files of a folder, with what is unsaved in them. */
  discard: (folder: string) => void
  moved: (from: string, to: string) => void
  count: (status: DocumentState['status'] | 'unsaved') => number
}

/** The files that are open for editing. */
export function createDocuments(
  connection: Connection,
  readiness: Readiness,
  ledger: SaveLedger,
  links: FileLinks,
  loadEngine: () => Promise<EditorEngine>,
  onEdit: (path: string) => void,
  onMoved: (from: string, to: string) => void,
): Documents {
  const [views, setViews] = createStore<Record<string, DocumentView | undefined>>({})
  const handles = new Map<string, Handle>()
  const loads = new Map<string, Promise<void>>()
  const each = (act: (document: OpenDocument) => Promise<void>) =>
    Promise.all([...handles.values()].map((handle) => act(handle.document))).then(() => {})

  const drop = (path: string) => {
    const handle = handles.get(path)
    handles.delete(path)
    handle?.document.dispose()
    handle?.buffer.dispose()
    setViews(produce((all) => delete all[path]))
  }

  const closed = new AbortController()
  onCleanup(() => closed.abort())
  const read = async (path: string): Promise<FileContent & { large: number | null }> => {
    try {
      return { ...(await connection.request('files.read', { path })), large: null }
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== 'file_too_large') throw error
      const { content, size } = await links.readLarge(path, closed.signal)
      return { content, version: '', writable: false, large: size }
    }
  }

  const load = async (path: string, asText = false) => {
    const viewer = asText ? null : viewerOf(path)
    if (viewer) return setViews(path, { phase: 'viewer', viewer })
    setViews(path, { phase: 'loading' })
    try {
      const [engine, file] = await Promise.all([loadEngine(), read(path)])
      if (views[path]?.phase !== 'loading') return
      const buffer = engine.createBuffer(path, file.content, file.writable, () => {
        document.edited()
        onEdit(document.path())
      })
      const document = createDocument(path, file.version, buffer, {
        read: (at) => connection.request('files.read', { path: at }),
        save: (payload) => connection.request('saves.save', payload),
        ledger,
        newSaveId: () => crypto.randomUUID(),
        follow: () => follow(handle),
        onState: (state) => {
          const at = document.path()
          setViews(at, { phase: 'open', large: file.large, ...state })
          if (handles.get(at)?.closing && state.status === 'clean') drop(at)
        },
      })
      const handle: Handle = { document, buffer, closing: false }
      handles.set(path, handle)
      setViews(path, { phase: 'open', large: file.large, status: 'clean', problem: null, deleted: false })
    } catch (error) {
      const code = error instanceof RunnerError ? error.code : null
      if (views[path]?.phase === 'loading')
        setViews(path, { phase: 'failed', message: messageOf(error), code })
    }
  }

  const renames = createRenames((at) => connection.request('files.read', { path: at }))
  const following = new Set<Handle>()
  /** A file that is gone may have been renamed: it goes on under its new name, with what is typed in it. */
  const follow = async (handle: Handle) => {
    const from = handle.document.path()
    const lost = handle.document.lostVersion()
    if (lost === null || following.has(handle)) return
    following.add(handle)
    try {
      const to = await renames.find(from, lost)
      if (to === null || handles.has(to) || handle.document.lostVersion() !== lost) return
      onMoved(from, to)
      handle.document.found(lost)
      // What changed there before anybody knew that it is this file.
      void handle.document.checkDisk()
    } finally {
      following.delete(handle)
    }
  }

  onCleanup(
    connection.on('files.changed', (changes) => {
      renames.note(changes)
      const hasNew = changes.some(({ kind }) => kind === 'created')
      for (const [path, handle] of handles) {
        if (changes.some((change) => isInside(path, change.path))) void handle.document.checkDisk()
        else if (hasNew) void follow(handle)
      }
      for (const change of changes) {
        if (views[change.path]?.phase === 'failed') void load(change.path)
      }
    }),
  )
  onCleanup(
    readiness.onReady(() => {
      for (const [path, view] of Object.entries(views)) if (view?.phase === 'failed') void load(path)
      // First look at the disk, then hand over: what changed there meanwhile must show as a conflict.
      void each((document) =>
        lost.delete(document.path()) ? document.saveAgain() : document.checkDisk().then(document.save),
      )
    }),
  )
  const lost = new Set<string>()
  const takeSaves = (saves: SavesStatus) => ledger.update(saves).forEach((path) => lost.add(path))
  onCleanup(connection.on('hello', (hello) => takeSaves(hello.saves)))
  onCleanup(connection.on('saves.changed', takeSaves))
  onCleanup(() => [...handles.keys()].forEach(drop))

  return {
    views,
    open: (path) => {
      const handle = handles.get(path)
      if (handle) {
        handle.closing = false
        return Promise.resolve()
      }
      if (views[path]?.phase === 'viewer') return Promise.resolve()
      const loading = loads.get(path) ?? load(path).finally(() => loads.delete(path))
      loads.set(path, loading)
      return loading
    },
    reopen: (path) => {
      drop(path)
      return load(path, true)
    },
    buffer: (path) => handles.get(path)?.buffer ?? null,
    save: async (path) => handles.get(path)?.document.save(),
    saveAll: () => each((document) => document.save()),
    resolve: async (path, choice) => handles.get(path)?.document.resolve(choice),
    close: (path) => {
      const handle = handles.get(path)
      const view = views[path]
      if (!handle || view?.phase !== 'open' || view.status === 'clean') {
        drop(path)
        return true
      }
      if (view.status === 'conflict' || view.status === 'refused') return false
      handle.closing = true
      void handle.document.save()
      return true
    },
    discard: (folder) =>
      Object.keys(views)
        .filter((path) => isInside(path, folder))
        .forEach(drop),
    moved: (from, to) => {
      for (const path of Object.keys(views)) {
        const next = movedPath(path, from, to)
        if (next === path) continue
        const handle = handles.get(path)
        if (handle) {
          handle.document.moved(next)
          handle.buffer.moved(next)
          handles.delete(path)
          handles.set(next, handle)
        }
        const view = views[path]
        setViews(
          produce((all) => {
            all[next] = view
            delete all[path]
          }),
        )
      }
    },
    count: (status) =>
      Object.values(views).filter(
        (view) =>
          view?.phase === 'open' &&
          (status === 'unsaved'
            ? view.status === 'dirty' || view.status === 'saving'
            : view.status === status),
      ).length,
  }
}
