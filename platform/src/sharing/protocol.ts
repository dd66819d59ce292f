/** Types and schemas of what is shared, ports and files: a part of `@codenest/platform/protocol`. */
import { z } from 'zod'
import { HistoryEntry } from '../history/protocol.ts'
import { CommitId, Name, Port, WorkPath } from '../protocol-values.ts'

/** An entry of the history that a link shows: `seal` comes with it. Without one, the newest save is meant. */
export const linkPoint = { commit: CommitId.optional(), seal: z.string().max(64).optional() }

/** `private`: the owner. `signed-in`: everybody who is signed in here. `link`: whoever has a link. */
export const PortVisibility = z.enum(['private', 'signed-in', 'link'])

export const ShareLink = z.object({
  id: z.string(),
  /** ISO 8601. */
  expiresAt: z.string(),
})
export type ShareLink = z.infer<typeof ShareLink>

export const PortShare = z.object({ port: Port, visibility: PortVisibility, links: z.array(ShareLink) })
export type PortShare = z.infer<typeof PortShare>

export const CreateShareLink = z.strictObject({
  /** Until it expires. */
  minutes: z
    .number()
    .int()
    .min(1)
    .max(30 * 24 * 60),
})

export const CreateReadLink = z
  .strictObject({
    /** Until it expires. */
    minutes: z
      .number()
      .int()
      .min(1)
      .max(366 * 24 * 60),
    /** Whether it shows what came before the newest save, too. */
    history: z.boolean().default(false),
  })
  .meta({ id: 'CreateReadLink' })
export type CreateReadLink = z.input<typeof CreateReadLink>

/** A link by which anybody may look at the files of a workspace, as of its newest save. */
export const ReadLink = z
  .object({
    id: z.string(),
    history: z.boolean(),
    /** ISO 8601. */
    createdAt: z.string(),
    expiresAt: z.string(),
    url: z.string(),
  })
  .meta({ id: 'ReadLink' })
export type ReadLink = z.infer<typeof ReadLink>

/** What a link shows first. */
export const SharedWorkspace = z
  .object({
    name: Name,
    owner: z.string(),
    history: z.boolean(),
    /** ISO 8601. */
    expiresAt: z.string(),
    /** The newest save, or a commit where there is no save yet. */
    commit: CommitId,
    savedAt: z.string(),
    /** Who is signed in in this browser; null: nobody. */
    viewer: z.string().nullable(),
  })
  .meta({ id: 'SharedWorkspace' })
export type SharedWorkspace = z.infer<typeof SharedWorkspace>

/** Which folder or file of which save. */
export const SharedPlace = z.strictObject({ path: WorkPath.optional(), ...linkPoint })
export type SharedPlace = z.input<typeof SharedPlace>

/** Folders first, then by name. */
export const SharedFolder = z
  .object({
    entries: z.array(
      z.object({ name: z.string(), kind: z.enum(['folder', 'file', 'symlink', 'submodule']) }),
    ),
    /** There are more than 5,000. */
    truncated: z.boolean(),
  })
  .meta({ id: 'SharedFolder' })
export type SharedFolder = z.infer<typeof SharedFolder>

export const SharedHistoryQuery = z.strictObject({ cursor: z.string().max(8300).optional() })

/** A page of what came before the newest save, newest first. */
export const SharedHistory = z
  .object({ entries: z.array(HistoryEntry.extend({ seal: z.string() })), next: z.string().nullable() })
  .meta({ id: 'SharedHistory' })
export type SharedHistory = z.infer<typeof SharedHistory>
