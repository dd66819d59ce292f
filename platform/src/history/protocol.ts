/** Types and schemas of what was saved and committed: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'
import { CommitId, WorkPath } from '../protocol-values.ts'

/** A text file of a save or commit; `content` is null when it is not there, or when `problem` says why not. */
export const FileAtCommit = z
  .object({ content: z.string().nullable(), problem: z.string().nullable() })
  .meta({ id: 'FileAtCommit' })
export type FileAtCommit = z.infer<typeof FileAtCommit>

/** `GET /workspaces/{id}/history`: which part of the timeline. */
export const HistoryQuery = z
  .strictObject({
    /** Only entries in which this file or folder changed. */
    path: WorkPath.optional(),
    /** `next` of the page before. */
    cursor: z.string().max(8192).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  })
  .meta({ id: 'HistoryQuery' })
export type HistoryQuery = z.input<typeof HistoryQuery>

/** A save of a workspace, or a commit of its user. */
export const HistoryEntry = z
  .object({
    /** Commit id. */
    id: CommitId,
    kind: z.enum(['save', 'commit']),
    /** ULID of the session that made the save; null for a commit. */
    session: z.string().nullable(),
    /** ISO 8601. */
    at: z.string(),
    author: z.string(),
    /** First line of the message. */
    message: z.string(),
    /** What `files` and `bytes` are a difference to: the save before, or the commit's first parent; null for nothing. */
    parent: CommitId.nullable(),
    /** Files that differ from `parent`; at least so many when `more`. */
    files: z.number().int(),
    more: z.boolean(),
    /** The first of them, at most 10. */
    paths: z.array(z.string()),
    /** Size of the files that were added or changed, as they are here; those that were counted. */
    bytes: z.number().int(),
    /**
     * In the timeline of one path: what is there in this entry, null when nothing is any more. `oid` names the
     * content, so equal ones are equal files; `size` in bytes is null for a folder.
     */
    file: z
      .object({ oid: z.string(), mode: z.string(), size: z.number().int().nullable() })
      .nullable()
      .optional(),
  })
  .meta({ id: 'HistoryEntry' })
export type HistoryEntry = z.infer<typeof HistoryEntry>

/**
 * A page of the timeline, newest first. `next` is the cursor of the next page, null at the end. A page may have fewer
 * entries than asked for, even none, and not be the last: then the search for a path went as far as one request may.
 */
export const HistoryPage = z
  .object({ entries: z.array(HistoryEntry), next: z.string().nullable() })
  .meta({ id: 'HistoryPage' })
export type HistoryPage = z.infer<typeof HistoryPage>

/** The saves of one session, from a start of the workspace to its stop. */
export const SaveSession = z
  .object({
    /** ULID. */
    id: z.string(),
    /** Its newest save. */
    tip: CommitId,
    /** ISO 8601, of the session's beginning and of its newest save. */
    begunAt: z.string(),
    at: z.string(),
    /** How many saves it has; null when there are too many to be counted for an answer. */
    saves: z.number().int().nullable(),
    /** Branch that was checked out (`refs/heads/main`), or a commit. */
    head: z.string(),
    /** The one that a start continues. */
    current: z.boolean(),
    /**
     * It has saves that the current one has not taken in: offer a comparison of `base` with `tip`, and a merge of
     * `tip` (`saves.merge` of the runner).
     */
    stray: z.boolean(),
    /** Of a stray session: what both have in common, a save or a commit; null when that is nothing. */
    base: CommitId.nullable(),
  })
  .meta({ id: 'SaveSession' })
export type SaveSession = z.infer<typeof SaveSession>

/** Newest first: all that are stray, and the newest of the others. */
export const SaveSessions = z
  .object({
    sessions: z.array(SaveSession),
    /** Older ones, which are not listed. */
    older: z.number().int(),
  })
  .meta({ id: 'SaveSessions' })
export type SaveSessions = z.infer<typeof SaveSessions>

/** `GET /workspaces/{id}/commits/{commit}/changes`: `from` is the save or commit before it unless it is given. */
export const ChangesQuery = z
  .strictObject({ from: CommitId.optional(), path: WorkPath.optional() })
  .meta({ id: 'ChangesQuery' })
export type ChangesQuery = z.input<typeof ChangesQuery>

const ChangedSide = z.object({ oid: z.string(), mode: z.string(), size: z.number().int().nullable() })

/** A file that differs between two commits. */
export const ChangedFile = z
  .object({
    path: z.string(),
    /** `type`: a file has become a link, a submodule or the like. */
    status: z.enum(['added', 'modified', 'deleted', 'type']),
    /** Mode as git writes it (`100644`, `100755`, `120000`, `160000`), size in bytes; null where there is no file. */
    old: ChangedSide.nullable(),
    new: ChangedSide.nullable(),
    /** Not text; null when it was not looked at, because there are so many or it is too large. */
    binary: z.boolean().nullable(),
    /** Larger than the editor opens, on either side. */
    tooLarge: z.boolean(),
  })
  .meta({ id: 'ChangedFile' })
export type ChangedFile = z.infer<typeof ChangedFile>

/** What differs between two commits, by path. */
export const Changes = z
  .object({
    /** null: compared with nothing, for the commit is the first. */
    from: CommitId.nullable(),
    to: CommitId,
    files: z.array(ChangedFile),
    /** There are more than 1,000. */
    truncated: z.boolean(),
  })
  .meta({ id: 'Changes' })
export type Changes = z.infer<typeof Changes>

/** Restores a workspace that is stopped; `path` is a file or a folder, null everything. */
export const Restore = z.strictObject({ commit: CommitId, path: WorkPath.nullable() }).meta({ id: 'Restore' })
export type Restore = z.input<typeof Restore>
