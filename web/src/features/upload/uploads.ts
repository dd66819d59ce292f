import { createSignal, type Accessor } from 'solid-js'
import { messageOf, RunnerError } from '../../kernel/errors.ts'
import type { FileLinks } from '../../kernel/file-links.ts'
import type { UploadItem } from './read-dropped.ts'
import { AlreadyThereError, sendFile } from './send-file.ts'

export interface UploadProgress {
  files: number
  done: number
  bytes: number
  sent: number
}

export interface UploadResult {
  done: number
  /** First of the reasons, and how many files it was. */
  problem: { message: string; count: number } | null
  /** Larger than what a save holds. */
  tooLarge: string[]
  cancelled: boolean
}

export interface Uploads {
  /** null while nothing is sent. */
  progress: Accessor<UploadProgress | null>
  /** Files that are there already, until it is said what becomes of them. */
  taken: Accessor<UploadItem[] | null>
  answer: (choice: 'replace' | 'keep') => void
  /** Settles when all is sent, refused or cancelled. */
  start: (items: UploadItem[]) => Promise<UploadResult>
  cancel: () => void
}

/** Browsers open six connections to a host; files that are looked at meanwhile want some, too. */
const AT_ONCE = 3
/** What the runner's protocol names as the largest file of a save, in bytes. */
const MAX_SAVED_FILE_BYTES = 100 * 1024 * 1024

/** Sends files a few at a time, and one upload after the other. What is there already is asked about once, at the end. */
export function createUploads(links: FileLinks, createFolder: (path: string) => Promise<void>): Uploads {
  const [progress, setProgress] = createSignal<UploadProgress | null>(null)
  const [taken, setTaken] = createSignal<UploadItem[] | null>(null)
  let running = new AbortController()
  let answered: ((choice: 'replace' | 'keep') => void) | null = null
  let last: Promise<void> = Promise.resolve()

  const advance = (change: Partial<UploadProgress>) => {
    setProgress((before) => {
      if (!before) return before
      const { files = 0, done = 0, bytes = 0, sent = 0 } = change
      return {
        files: before.files + files,
        done: before.done + done,
        bytes: before.bytes + bytes,
        sent: before.sent + sent,
      }
    })
  }

  const sendOne = async ({ path, file }: UploadItem, mayReplace: boolean, signal: AbortSignal) => {
    if (!file) {
      return createFolder(path).catch((error: unknown) => {
        if (!(error instanceof RunnerError) || error.code !== 'already_exists') throw error
      })
    }
    const { url, kind } = await links.open(path, 'upload')
    if (kind === 'folder') throw new Error(`${path} is a folder in this workspace.`)
    if (kind !== null && !mayReplace) throw new AlreadyThereError(path)
    let told = 0
    const onSent = (bytes: number) => {
      advance({ sent: bytes - told })
      told = bytes
    }
    try {
      await sendFile(url, file, mayReplace, signal, onSent)
      onSent(file.size)
    } catch (error) {
      onSent(0)
      throw error
    }
  }

  const sendAll = async (items: UploadItem[], mayReplace: boolean, result: UploadResult) => {
    const { signal } = running
    const there: UploadItem[] = []
    const queue = items.values()
    const work = async () => {
      for (const item of queue) {
        if (signal.aborted) return
        try {
          await sendOne(item, mayReplace, signal)
          result.done += 1
          advance({ done: 1 })
          if ((item.file?.size ?? 0) > MAX_SAVED_FILE_BYTES) result.tooLarge.push(item.path)
        } catch (error) {
          if (signal.aborted) return
          if (error instanceof AlreadyThereError) there.push(item)
          else result.problem = { message: messageOf(error), count: (result.problem?.count ?? 0) + 1 }
          advance({ files: -1, bytes: -(item.file?.size ?? 0) })
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return there
  }

  const ask = async (items: UploadItem[]) => {
    const { promise, resolve } = Promise.withResolvers<'replace' | 'keep'>()
    answered = resolve
    setTaken(items)
    const choice = await promise
    setTaken(null)
    return choice
  }

  const run = async (items: UploadItem[]): Promise<UploadResult> => {
    running = new AbortController()
    const { signal } = running
    const result: UploadResult = { done: 0, problem: null, tooLarge: [], cancelled: false }
    setProgress({ files: items.length, done: 0, bytes: sizeOf(items), sent: 0 })
    const there = await sendAll(items, false, result)
    if (there.length > 0 && !signal.aborted && (await ask(there)) === 'replace') {
      advance({ files: there.length, bytes: sizeOf(there) })
      await sendAll(there, true, result)
    }
    setProgress(null)
    return { ...result, cancelled: signal.aborted }
  }

  return {
    progress,
    taken,
    answer: (choice) => answered?.(choice),
    start: (items) => {
      const next = last.then(() => run(items))
      last = next.then(() => {})
      return next
    },
    cancel: () => {
      running.abort()
      answered?.('keep')
    },
  }
}

function sizeOf(items: UploadItem[]): number {
  return items.reduce((sum, { file }) => sum + (file?.size ?? 0), 0)
}
