import { z } from 'zod'
import { isOid } from './object-id.ts'
import { isRefName } from './ref-name.ts'

const Oid = z.string().refine(isOid, 'not an object id')
const RefName = z.string().refine(isRefName, 'not a ref name')

export const PackEntry = z.object({
  /** Object key of the pack without its ending; the index lies beside it. */
  key: z.string(),
  /** Bytes of the pack. */
  size: z.number().int(),
  objects: z.number().int(),
  /** Milliseconds since the epoch at which the youngest of its objects came in: compaction does not make them younger. */
  addedAt: z.number().int(),
})
export type PackEntry = z.infer<typeof PackEntry>

/**
 * `head.json`: the only mutable object of a repository. Refs and pack list are in one object, so that a push of
 * several refs is atomic and no pack that a ref needs can be missing from the list.
 */
export const Head = z.object({
  version: z.literal(1),
  /** Grows with every change: identical bytes, and so an etag, never come back. */
  generation: z.number().int(),
  /** The last changes, newest first: how a writer whose answer was lost learns that it won. */
  transactions: z.array(z.string()).max(64),
  /** Packs of this repository and its forks lie under `f/<family>/`. */
  family: z.string(),
  /** Symbolic HEAD. */
  head: RefName,
  refs: z.record(RefName, Oid),
  packs: z.array(PackEntry),
  /** Commits whose parents have not arrived from the upstream yet, as git's own `shallow` file lists them. */
  shallow: z.array(Oid).optional(),
  /** Packs that a compaction has replaced: readers that began before may still want them. */
  superseded: z.array(z.object({ key: z.string(), at: z.iso.datetime() })).default([]),
  /** Grows before garbage is deleted: who publishes on an older version has to look again. */
  gcEpoch: z.number().int().default(0),
  /** The last moves of refs, newest first. */
  reflog: z.array(z.object({ ref: z.string(), old: Oid, new: Oid, at: z.string(), by: z.string() })).max(200),
  createdAt: z.string(),
  /** Set when the workspace was deleted: nobody is served, the data waits for garbage collection. */
  retiredAt: z.string().nullable(),
})
export type Head = z.infer<typeof Head>

export interface RefUpdate {
  ref: string
  /** `ZERO_OID` for a new ref. */
  old: string
  /** `ZERO_OID` deletes. */
  new: string
}
