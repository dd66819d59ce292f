/** The wire of search and replace. Spread into `../protocol.ts`. */
import { z } from 'zod'

import { FilePath } from '../workspace-path.ts'

/** A search ends at this many matches, and says so. */
export const MAX_MATCHES = 10_000

const Globs = z.array(z.string().min(1).max(500)).max(50)
const Replacement = z.string().max(10_000)

const SearchQuery = z.strictObject({
  text: z.string().min(1).max(2_000),
  /** A regular expression as ripgrep understands it; else the text as it is. */
  regex: z.boolean(),
  caseSensitive: z.boolean(),
  word: z.boolean(),
  /** Globs of files, or names of folders. None: everything. */
  include: Globs,
  exclude: Globs,
})

/** Payloads of requests, by event name. */
export const searchRequests = {
  /**
   * Searches the files that git would track. Matches come as `search.found` events with the same `id`, to this
   * connection alone, before the answer; another search of the connection ends this one. With a `replacement` each
   * match says what it would become. → `SearchSummary`; refused with `bad_request` for an invalid expression.
   */
  'search.run': z.strictObject({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    query: SearchQuery,
    replacement: Replacement.nullable(),
  }),
  /** Ends the search of this connection, if there is one. → `{}` */
  'search.cancel': z.strictObject({}),
  /**
   * Replaces what was found, in all of these files, as one save. A file that no longer has the matches that it was
   * asked for with is left as it is. → `Replaced`
   */
  'search.replace': z.strictObject({
    saveId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    query: SearchQuery,
    replacement: Replacement,
    files: z
      .array(
        z.strictObject({
          path: FilePath,
          /** Where the matches begin that are to be replaced, in bytes of the file. */
          offsets: z.array(z.number().int().min(0)).min(1).max(MAX_MATCHES),
        }),
      )
      .min(1)
      .max(MAX_MATCHES),
  }),
} as const

export type SearchQuery = z.infer<typeof SearchQuery>

export interface FoundMatch {
  /** From 1. */
  line: number
  /** From 1, in UTF-16 units. */
  column: number
  /** In UTF-16 units. */
  length: number
  /** In bytes of the file. */
  offset: number
  /** The line, or the part of a long one that is around the match, which is from `start` to `end` in it. */
  preview: string
  start: number
  end: number
  /** What it would become; null without a replacement. */
  replacement: string | null
}

export interface FoundFile {
  path: string
  matches: FoundMatch[]
}

export interface Found {
  id: string
  /** A file with many matches may come in several pieces. */
  files: FoundFile[]
}

export interface SearchSummary {
  matches: number
  /** There may be more: it was ended at `MAX_MATCHES`. */
  limited: boolean
  /** Another search, or a cancel, came before its end. */
  cancelled: boolean
  /** Lines that match and are too long to be shown. */
  longLines: number
}

export interface Replaced {
  matches: number
  files: number
  /** What was left as it is, and why, as a sentence for a person. */
  left: { path: string; reason: string }[]
}

export interface SearchReplyValues {
  'search.run': SearchSummary
  'search.cancel': Record<string, never>
  'search.replace': Replaced
}
