import type { FileAct, FileLink } from '@codenest/runner/protocol'
import type { Connection } from './connection.ts'
import { RunnerError } from './errors.ts'
import { formatBytes } from './bytes.ts'

export interface FileLinks {
  /** A URL of the runner's host for one file and one act, good for an hour. Rejects like a request. */
  open: (path: string, act: FileAct) => Promise<FileLink>
  /** Hands a file, or a folder as a zip, to the browser's downloads. Rejects when there is nothing to download. */
  download: (path: string) => Promise<void>
  /** A text that is too large to be edited. Rejects with what to tell a person. */
  readLarge: (path: string, signal: AbortSignal) => Promise<{ content: string; size: number }>
}

/** What the runner's protocol names as its limit, in bytes. */
const MAX_SHOWN_TEXT_BYTES = 50 * 1024 * 1024
/** Milliseconds for the browser to begin a download. */
const DOWNLOAD_STARTS_WITHIN = 60_000

export function createFileLinks(connection: Connection): FileLinks {
  const open = async (path: string, act: FileAct) => {
    const link = await connection.request('files.link', { path, act })
    return { ...link, url: new URL(link.url, connection.origin()).href }
  }

  return {
    open,
    download: async (path) => {
      const { url } = await open(path, 'download')
      // Not a link of the page itself: the browser would ask whether to leave it.
      const frame = document.createElement('iframe')
      frame.hidden = true
      frame.src = url
      document.body.append(frame)
      setTimeout(() => frame.remove(), DOWNLOAD_STARTS_WITHIN)
    },
    readLarge: async (path, signal) => {
      const { url, size } = await open(path, 'view')
      if (size > MAX_SHOWN_TEXT_BYTES) {
        const sizes = `${formatBytes(size)}, and files up to ${formatBytes(MAX_SHOWN_TEXT_BYTES)} are shown`
        throw new RunnerError('file_too_large', `${path} has ${sizes}.`)
      }
      const response = await fetch(url, { signal })
      if (!response.ok) throw new Error(`${path} could not be read. Try again.`)
      const bytes = new Uint8Array(await response.arrayBuffer())
      const content = bytes.includes(0) ? null : decode(bytes)
      if (content === null) throw new RunnerError('binary_file', `${path} is not text in UTF-8.`)
      return { content, size }
    },
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
