import { ulid } from 'ulid'
import { ObjectStoreError } from '../store/object-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { HOUR } from './clock.ts'
import type { Clock } from './clock.ts'
import { Head } from './head.ts'
import type { PackEntry, RefUpdate } from './head.ts'
import { applyChange, refuseUpdate } from './head-changes.ts'
import { createObjectReader } from './object-reader.ts'
import type { ObjectReader } from './object-reader.ts'
import type { PackCache } from './pack-cache.ts'

/** Tries of a compare-and-swap that others keep winning, or whose answer keeps being lost. */
const MAX_ATTEMPTS = 12
/** Publications that share a swap. Fewer than the transactions a head remembers, so that each finds itself again. */
const MAX_BATCH = 32
/** Milliseconds after its upload in which a pack may be listed; garbage collection leaves it alone for much longer. */
export const LISTABLE = HOUR

/** A head as it was read; immutable, so it can be shared. */
export interface HeadVersion {
  head: Head
  etag: string
}

export interface Publication {
  updates: RefUpdate[]
  packs: PackEntry[]
  /** Who: goes into the reflog. */
  by: string
  /** All updates or none. */
  atomic: boolean
}

export interface PublishResult {
  version: HeadVersion
  /** By ref: null when it is applied and durable, else the reason in git's words. */
  refused: Map<string, string | null>
}

interface Waiting {
  publication: Publication
  check: (version: HeadVersion) => Promise<void>
  transaction: string
  /** What was refused on the version that the last swap was tried on. */
  refused: Map<string, string | null>
  done: PromiseWithResolvers<PublishResult>
}

/** What a repository needs of its surroundings. */
export interface RepositoryParts {
  store: ObjectStore
  cache: PackCache
  clock: Clock
  /** Called after each change that this process made. */
  published: (id: string, version: HeadVersion) => void
}

/** One Git repository in the object store: its head, and the compare-and-swap that changes it. */
export class Repository {
  readonly id: string
  readonly #parts: RepositoryParts
  #known: HeadVersion | null = null
  #waiting: Waiting[] = []
  #publishing = false

  constructor(id: string, parts: RepositoryParts) {
    this.id = id
    this.#parts = parts
  }

  /** The head as it is in the store now: one conditional read. null when there is no such repository. */
  async head(signal?: AbortSignal): Promise<HeadVersion | null> {
    const { store } = this.#parts
    const known = this.#known
    const found = known
      ? await store.getIfChanged(headKey(this.id), known.etag, signal)
      : await store.get(headKey(this.id), signal)
    if (found === 'unchanged') return known
    this.#known = found && { head: parseHead(this.id, found.body), etag: found.etag }
    return this.#known
  }

  /** The head that this process saw last; nothing is read. */
  get known(): HeadVersion | null {
    return this.#known
  }

  /** Reads objects of one version of the head. */
  objects(version: HeadVersion): ObjectReader {
    return createObjectReader(version.head.packs, this.#parts.cache)
  }

  /**
   * Applies updates by compare-and-swap. When it resolves, everything not refused is durable in the store.
   * `check` is asked again for every new head that the updates are tried on; what it throws ends the publication.
   * Publications that arrive while a swap is under way share the next one.
   */
  publish(publication: Publication, check: (version: HeadVersion) => Promise<void>): Promise<PublishResult> {
    const done = Promise.withResolvers<PublishResult>()
    this.#waiting.push({ publication, check, transaction: ulid(), refused: new Map(), done })
    if (!this.#publishing) void this.#publishAll()
    return done.promise
  }

  /**
   * Changes the head otherwise than by moving refs; null leaves it as it is. `change` is asked again for every new
   * head. Durable when it resolves, with the version that holds then.
   */
  async edit(change: (version: HeadVersion) => Promise<Head | null>): Promise<HeadVersion> {
    const transaction = ulid()
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      await this.#pause(attempt)
      const version = await this.#existing()
      if (version.head.transactions.includes(transaction)) return version
      const next = await change(version)
      if (!next) return version
      const at = new Date(this.#parts.clock.now())
      const applied = await this.#put(
        version,
        applyChange(next, { transaction, by: 'platform', at, packs: [], updates: [] }),
      )
      if (applied) return applied
    }
    throw new ObjectStoreError(`repository ${this.id} could not be changed: the store did not accept it`)
  }

  async #publishAll(): Promise<void> {
    this.#publishing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH)
      try {
        await this.#publishBatch(batch)
      } catch (error) {
        for (const { done } of batch) done.reject(error)
      }
    }
    // In the same turn that has seen nothing waiting, or what comes in between would wait for ever.
    this.#publishing = false
  }

  async #publishBatch(batch: Waiting[]): Promise<void> {
    let open = batch
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      await this.#pause(attempt)
      // Whoever publishes has just read the head, so the first try saves a read. A swap that succeeds proves that it
      // was current; a refusal does not, so that is only said of a head that was read for it.
      const remembered = attempt === 0 ? this.#known : null
      const version = remembered ?? (await this.#existing())
      // A put whose answer was lost may have been ours.
      const landed = open.filter(({ transaction }) => version.head.transactions.includes(transaction))
      for (const { done, refused } of landed) done.resolve({ version, refused })
      if (landed.length > 0) this.#parts.published(this.id, version)
      open = open.filter((one) => !landed.includes(one))
      const result = await this.#applyBatch(version, open, remembered === null)
      if (!result) continue
      const { head, tried } = result
      const applied = head === version.head ? version : await this.#put(version, head)
      if (applied) {
        for (const { done, refused } of tried) done.resolve({ version: applied, refused })
        return
      }
      open = tried
    }
    const error = new ObjectStoreError(
      `repository ${this.id} could not be changed: the store did not accept it`,
    )
    for (const { done } of open) done.reject(error)
  }

  /**
   * The head with all that can be applied; those whose check throws have been told, and are not in `tried`. When
   * not `current`, null instead of anything that is refused.
   */
  async #applyBatch(
    version: HeadVersion,
    batch: Waiting[],
    current: boolean,
  ): Promise<{ head: Head; tried: Waiting[] } | null> {
    let { head } = version
    const tried: Waiting[] = []
    for (const waiting of batch) {
      const { publication, check, transaction, done } = waiting
      try {
        await check(version)
        if (publication.packs.some(({ addedAt }) => this.#parts.clock.now() - addedAt > LISTABLE))
          throw new ObjectStoreError('the push took too long to be published')
      } catch (error) {
        if (!current) return null
        done.reject(error)
        continue
      }
      waiting.refused = refuse(head, publication)
      if (!current && [...waiting.refused.values()].some((reason) => reason !== null)) return null
      const updates = publication.updates.filter(({ ref }) => waiting.refused.get(ref) === null)
      const { packs, by } = publication
      if (updates.length > 0)
        head = applyChange(head, { transaction, by, at: new Date(this.#parts.clock.now()), packs, updates })
      tried.push(waiting)
    }
    return { head, tried }
  }

  async #existing(): Promise<HeadVersion> {
    const version = await this.head()
    if (!version) throw new ObjectStoreError(`repository ${this.id} does not exist`)
    return version
  }

  /** null when somebody else was faster, or the answer was lost: then the head has to be read again. */
  async #put({ etag }: HeadVersion, head: Head): Promise<HeadVersion | null> {
    const put = await this.#parts.store.putIfMatch(headKey(this.id), serializeHead(head), etag)
    if (put.outcome !== 'applied') return null
    this.#known = { head, etag: put.etag }
    this.#parts.published(this.id, this.#known)
    return this.#known
  }

  async #pause(attempt: number): Promise<void> {
    if (attempt > 1) await this.#parts.clock.delay(Math.random() * Math.min(20 * 2 ** attempt, 1000))
  }
}

function refuse(head: Head, { updates, atomic }: Publication): Map<string, string | null> {
  const refused = new Map(updates.map((update) => [update.ref, refuseUpdate(head, update)]))
  const failed = [...refused.values()].some((reason) => reason !== null)
  if (atomic && failed)
    for (const [ref, reason] of refused) if (reason === null) refused.set(ref, 'atomic push failed')
  return refused
}

/** Creates the head of a new repository; false when there is one already. */
export async function createHead(store: ObjectStore, id: string, head: Head): Promise<boolean> {
  const put = await store.putIfAbsent(headKey(id), serializeHead(head))
  if (put.outcome === 'applied') return true
  // Our own put may have been answered like a lost race, or not at all.
  const stored = await store.get(headKey(id))
  if (!stored) throw new ObjectStoreError(`repository ${id} could not be created`, { cause: put })
  return parseHead(id, stored.body).transactions.includes(head.transactions[0] ?? '')
}

export function headKey(id: string): string {
  return `r/${id}/head.json`
}

/** Checked on the way out too: what cannot be read again must never be written. */
export function serializeHead(head: Head): Buffer {
  return Buffer.from(JSON.stringify(Head.parse(head)))
}

/** Damaged or newer than this program: never read as an empty repository. Throws an `ObjectStoreError`. */
export function parseHead(id: string, body: Buffer): Head {
  try {
    return Head.parse(JSON.parse(body.toString()))
  } catch (error) {
    throw new ObjectStoreError(`the head of repository ${id} cannot be read`, { cause: error })
  }
}
