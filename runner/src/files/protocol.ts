/** The wire of files: their lists over the socket, and links to their bytes over HTTP. Spread into `../protocol.ts`. */
import { z } from 'zod'

import { FilePath, WorkspacePath } from '../workspace-path.ts'

/** Requests of the runner's host below this path are for bytes of files; the gateway passes them on as they are. */
export const FILES_PREFIX = '/files/'
/** Paths that `files.index` looks at in one go when it is asked what became of some. */
export const MAX_INDEXED_PATHS = 500
/** Largest text that is shown; above `MAX_TEXT_FILE_BYTES` it is to be looked at only. Bytes. */
export const MAX_SHOWN_TEXT_BYTES = 50 * 1024 * 1024

/** Payloads of requests, by event name. */
export const fileRequests = {
  /** Direct children of a folder, folders first. → `FileEntry[]` */
  'files.list': z.strictObject({ path: WorkspacePath }),
  /** A text file. → `FileContent`; refused with `binary_file` or `file_too_large`. */
  'files.read': z.strictObject({ path: FilePath }),
  /**
   * All paths git would track (ignored files left out), for quick open; with `within` only those that are at or below
   * these paths. → `FileIndex`
   */
  'files.index': z.strictObject({ within: z.array(WorkspacePath).max(MAX_INDEXED_PATHS).optional() }),
  /** Makes an empty file or a folder with its parents. Refused with `already_exists`. → `{}` */
  'files.create': z.strictObject({ path: FilePath, kind: z.enum(['file', 'folder']) }),
  /** Refused with `already_exists` when the target is there. → `{}` */
  'files.rename': z.strictObject({ from: FilePath, to: FilePath }),
  /** A file, or a folder with all it holds; all of it is there at once. Refused with `already_exists`. → `{}` */
  'files.copy': z.strictObject({ from: FilePath, to: FilePath }),
  /** Deletes a file or a folder with all it holds; the last save still has it. → `{}` */
  'files.delete': z.strictObject({ path: FilePath }),
  /**
   * A URL for the bytes of one file, good for an hour and for this act alone: `view` is a GET (with ranges) that shows
   * it, `download` a GET that stores it (a folder as a zip), `upload` a PUT that writes it. → `FileLink`
   */
  'files.link': z.strictObject({ path: WorkspacePath, act: z.enum(['view', 'download', 'upload']) }),
} as const

export type FileAct = z.infer<(typeof fileRequests)['files.link']>['act']

export interface FileEntry {
  name: string
  kind: 'file' | 'folder' | 'symlink'
  /** Git ignores it: it is not part of a save. */
  ignored: boolean
}

export interface FileContent {
  content: string
  /** Hash of the bytes on disk; send it back as `baseVersion`. */
  version: string
  /** False when the file may not be written. */
  writable: boolean
}

export interface FileIndex {
  paths: string[]
  /** There are more. */
  truncated: boolean
}

export interface FileLink {
  /** Path and query on the runner's own host. */
  url: string
  /** What is there now; null for nothing, which only an upload allows. */
  kind: 'file' | 'folder' | null
  /** Bytes; 0 for folders and for nothing. */
  size: number
}

/** What the runner answers over HTTP when it refuses; the status says it to machines. */
export interface TransferProblem {
  code: string
  /** One sentence for a person, with what to do. */
  message: string
}

export interface FileReplyValues {
  'files.list': FileEntry[]
  'files.read': FileContent
  'files.index': FileIndex
  'files.create': Record<string, never>
  'files.rename': Record<string, never>
  'files.copy': Record<string, never>
  'files.delete': Record<string, never>
  'files.link': FileLink
}
