import type { FileContent } from '@codenest/runner/protocol'
import { DisconnectedError, messageOf, RunnerError } from './errors.ts'
import type { SaveLedger } from './save-ledger.ts'

/** Text that is being edited, whatever edits it. */
export interface TextBuffer {
  /** Equal revisions mean equal content; undo comes back to earlier ones. */
  revision: () => number
  content: () => string
  /** Takes over content from disk, keeping cursor and undo. */
  replace: (content: string) => void
}

export type DocumentStatus = 'clean' | 'dirty' | 'saving' | 'conflict' | 'refused'

export interface DocumentState {
  status: DocumentStatus
  /** Why it was refused. */
  problem: string | null
  /** The file is gone from disk. */
  deleted: boolean
}

export interface DocumentPorts {
  read: (path: string) => Promise<FileContent>
  save(payload: {
    saveId: string
    path: string
    content: string
    baseVersion: string | null
  }): Promise<{ version: string }>
  ledger: SaveLedger
  newSaveId: () => string
  onState: (state: DocumentState) => void
  /** The file is gone: calls `moved` and `found` when it is there under another name. */
  follow: () => Promise<void>
}

export interface OpenDocument {
  path: () => string
  /** The buffer has changed. */
  edited: () => void
  /** Hands the buffer over now. Serial per file; what is typed meanwhile goes with the next one. */
  save: () => Promise<void>
  /** The file may have changed on disk. */
  checkDisk: () => Promise<void>
  resolve: (choice: 'keep' | 'reload') => Promise<void>
  /** What was handed over may have died with the runner: hands it over again. */
  saveAgain: () => Promise<void>
  moved: (to: string) => void
  /** What was last on disk before the file was gone from there; null while it is there. */
  lostVersion: () => string | null
  /** A file that was gone is there with this version, under the name that it was moved to. */
  found: (version: string) => void
  dispose: () => void
}

export const AUTOSAVE_MILLISECONDS = 1_000

/** One file between its buffer and the runner: autosave, conflicts, lost answers. No saved byte is ever assumed. */
export function createDocument(
  initialPath: string,
  version: string,
  buffer: TextBuffer,
  ports: DocumentPorts,
): OpenDocument {
  let path = initialPath
  let base: string | null = version
  let lost: string | null = null
  const ownVersions = new Set([version])
  /** Null when the buffer must be handed over even if nothing is typed. */
  let savedRevision: number | null = buffer.revision()
  let queue: Promise<void> = Promise.resolve()
  let unanswered: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let disposed = false
  let state: DocumentState = { status: 'clean', problem: null, deleted: false }

  const set = (change: Partial<DocumentState>) => {
    state = { ...state, ...change }
    if (!disposed) ports.onState(state)
  }
  const isDirty = () => buffer.revision() !== savedRevision
  const settle = () => set({ status: isDirty() ? 'dirty' : 'clean', problem: null })

  /** Takes what is on disk as the buffer's content. */
  const take = (file: FileContent) => {
    base = file.version
    ownVersions.add(base)
    if (buffer.content() !== file.content) buffer.replace(file.content)
    savedRevision = buffer.revision()
    set({ status: 'clean', problem: null, deleted: false })
  }

  /** One thing at a time per file: what is decided about the disk must not be overtaken by a save. */
  const serially = (work: () => Promise<void>): Promise<void> => {
    const next = queue.then(work)
    queue = next.catch(() => {})
    return next
  }

  const handOver = async () => {
    const saveId = ports.newSaveId()
    const revision = buffer.revision()
    const content = buffer.content()
    set({ status: 'saving', problem: null })
    ports.ledger.sent(saveId, path)
    try {
      base = (await ports.save({ saveId, path, content, baseVersion: base })).version
      ownVersions.add(base)
      ports.ledger.accepted(saveId)
      unanswered = null
      savedRevision = revision
      set({ deleted: false })
      settle()
    } catch (error) {
      if (error instanceof DisconnectedError) {
        // It may have been written: the ledger keeps the id, and the content is recognised on disk later.
        unanswered = content
        return set({ status: 'dirty' })
      }
      ports.ledger.refused(saveId)
      if (error instanceof RunnerError && error.code === 'file_changed') return settleConflict(content)
      if (error instanceof RunnerError && error.code === 'not_ready') return set({ status: 'dirty' })
      set({ status: 'refused', problem: messageOf(error) })
    }
  }

  /** The disk differs from where the edit began. If all that is there is our own text, it is no conflict. */
  const settleConflict = async (content: string) => {
    const disk = await readDisk()
    if (disk === 'unknown') return set({ status: 'dirty' })
    if (disk !== null && disk.content !== content && disk.content !== unanswered) {
      return set({ status: 'conflict' })
    }
    handOverAgain(disk?.version ?? null)
  }

  /** An answer was lost: the same text goes once more, under an id that will be answered. */
  const handOverAgain = (version: string | null) => {
    base = version
    unanswered = null
    savedRevision = null
    set({ status: 'dirty', problem: null })
    schedule(0)
  }

  /** Gone from disk: with something typed that is a conflict, for making it again may not be what is meant. */
  const missing = async () => {
    lost = base ?? lost
    base = null
    await ports.follow()
    if (base !== null) return
    if (!isDirty() || state.status === 'refused') return set({ deleted: true })
    clearTimeout(timer)
    set({ status: 'conflict', deleted: true })
  }

  /** It is there as it was, here or under another name: what is typed goes on from there. */
  const found = (version: string) => {
    if (disposed) return
    base = version
    lost = null
    if (isDirty()) schedule(AUTOSAVE_MILLISECONDS)
    set({ status: isDirty() ? 'dirty' : 'clean', deleted: false })
  }

  /** Null when the file is gone, 'unknown' when nobody can tell now. */
  const readDisk = async (): Promise<FileContent | null | 'unknown'> => {
    try {
      return await ports.read(path)
    } catch (error) {
      return error instanceof RunnerError && error.code === 'not_found' ? null : 'unknown'
    }
  }

  const save = () => {
    clearTimeout(timer)
    return serially(async () => {
      if (disposed || !isDirty() || state.status === 'conflict') return
      await handOver()
      if (isDirty() && state.status === 'dirty' && unanswered === null) schedule(AUTOSAVE_MILLISECONDS)
    })
  }

  const schedule = (milliseconds: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), milliseconds)
  }

  return {
    path: () => path,
    edited: () => {
      if (state.status === 'conflict') return
      if (!isDirty() && state.status !== 'saving') {
        clearTimeout(timer)
        return settle()
      }
      if (state.status !== 'saving') set({ status: 'dirty', problem: null })
      schedule(AUTOSAVE_MILLISECONDS)
    },
    save,
    checkDisk: () =>
      serially(async () => {
        const disk = await readDisk()
        if (disk === 'unknown' || disposed) return
        if (disk === null) return missing()
        if (base === null && disk.version === lost) return found(lost)
        if (disk.version === base) {
          if (state.deleted) set({ deleted: false })
          return
        }
        if (unanswered !== null && disk.content === unanswered) return handOverAgain(disk.version)
        if (!isDirty() || disk.content === buffer.content()) return take(disk)
        clearTimeout(timer)
        set({ status: 'conflict', deleted: false })
      }),
    resolve: async (choice) => {
      await serially(async () => {
        const disk = await readDisk()
        if (disk === 'unknown') throw new DisconnectedError()
        if (choice === 'reload' && disk) return take(disk)
        base = disk?.version ?? null
        // Also when nothing is typed: a file that is gone is put back.
        savedRevision = null
        set({ status: 'dirty' })
      })
      await save()
    },
    saveAgain: () =>
      serially(async () => {
        const disk = await readDisk()
        if (disk === 'unknown' || disposed) return
        const known = disk === null || disk.content === buffer.content() || ownVersions.has(disk.version)
        if (known) handOverAgain(disk?.version ?? null)
        else set({ status: 'conflict' })
      }),
    moved: (to) => {
      path = to
    },
    lostVersion: () => (base === null ? lost : null),
    found,
    dispose: () => {
      clearTimeout(timer)
      disposed = true
    },
  }
}
