import { ulid } from 'ulid'
import { setTimeout as delay } from 'node:timers/promises'
import type { ObjectStore } from '../store/object-store.ts'
import { ObjectStoreError } from '../store/object-store.ts'
import { SerialQueue } from '../serial-queue.ts'
import { Head } from './head.ts'
import type { PackEntry, RefUpdate } from './head.ts'
import { applyChange, refuseUpdate } from './head-changes.ts'
import { createObjectReader } from './object-reader.ts'
import type { ObjectReader } from './object-reader.ts'
import type { PackCache } from './pack-cache.ts'

/** Tries of a compare-and-swap that others keep winning, or whose answer keeps being lost. */
const MAX_ATTEMPTS = 12

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

/** One Git repository in the object store: its head, and the compare-and-swap that changes it. */
export class Repository {
  readonly id: string
  readonly #store: ObjectStore
  readonly #cache: PackCache
  readonly #published: (id: string) => void
  readonly #publishing = new SerialQueue()
  #known: HeadVersion | null = null

  /** `published` is called after each change that this process made. */
  constructor(id: string, store: ObjectStore, cache: PackCache, published: (id: string) => void) {
    this.id = id
    this.#store = store
    this.#cache = cache
    this.#published = published
  }

  /** The head as it is in the store now: one conditional read. null when there is no such repository. */
  async head(signal?: AbortSignal): Promise<HeadVersion | null> {
    const known = this.#known
    const found = known
      ? await this.#store.getIfChanged(headKey(this.id), known.etag, signal)
      : await this.#store.get(headKey(this.id), signal)
    if (found === 'unchanged') return known
    this.#known = found && { head: parseHead(this.id, found.body), etag: found.etag }
    return this.#known
  }

  /** Reads objects of one version of the head. */
  objects(version: HeadVersion): ObjectReader {
    return createObjectReader(version.head.packs, this.#cache)
  }

  /**
   * Applies updates by compare-and-swap. When it resolves, everything not refused is durable in the store.
   * `check` is asked again for every new head that the updates are tried on; what it throws ends the publication.
   */
  publish(publication: Publication, check: (version: HeadVersion) => Promise<void>): Promise<PublishResult> {
    return this.#publishing.run(async () => {
      const transaction = ulid()
      return this.#swap(transaction, async (version) => {
        await check(version)
        const refused = new Map<string, string | null>()
        for (const update of publication.updates) refused.set(update.ref, refuseUpdate(version.head, update))
        const applicable = publication.updates.filter(({ ref }) => refused.get(ref) === null)
        if (publication.atomic && applicable.length < publication.updates.length)
          for (const { ref } of applicable) refused.set(ref, 'atomic push failed')
        const applied = publication.updates.filter(({ ref }) => refused.get(ref) === null)
        if (applied.length === 0) return { head: null, refused }
        const { packs, by } = publication
        return {
          head: applyChange(version.head, { transaction, by, at: new Date(), packs, updates: applied }),
          refused,
        }
      })
    })
  }

  /** Marks the repository as deleted or, with null, as alive again. */
  async retire(at: Date | null): Promise<void> {
    await this.#publishing.run(async () => {
      const transaction = ulid()
      const retiredAt = at?.toISOString() ?? null
      await this.#swap(transaction, async ({ head }) => ({
        head:
          (head.retiredAt === null) === (retiredAt === null)
            ? null
            : {
                ...applyChange(head, { transaction, by: 'platform', at: new Date(), packs: [], updates: [] }),
                retiredAt,
              },
        refused: new Map(),
      }))
    })
  }

  async #swap(
    transaction: string,
    change: (version: HeadVersion) => Promise<{ head: Head | null; refused: Map<string, string | null> }>,
  ): Promise<PublishResult> {
    let lastRefused: Map<string, string | null> | null = null
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (attempt > 1) await delay(Math.random() * Math.min(20 * 2 ** attempt, 1000))
      const version = await this.head()
      if (!version) throw new ObjectStoreError(`repository ${this.id} does not exist`)
      // A put whose answer was lost may have been ours.
      if (lastRefused && version.head.transactions.includes(transaction))
        return { version, refused: lastRefused }
      const { head, refused } = await change(version)
      if (!head) return { version, refused }
      lastRefused = refused
      const put = await this.#store.putIfMatch(headKey(this.id), serialize(head), version.etag)
      if (put.outcome === 'applied') {
        this.#known = { head, etag: put.etag }
        this.#published(this.id)
        return { version: this.#known, refused }
      }
    }
    throw new ObjectStoreError(`repository ${this.id} could not be changed: the store did not accept it`)
  }
}

/** Creates the head of a new repository; false when there is one already. */
export async function createHead(store: ObjectStore, id: string, head: Head): Promise<boolean> {
  const put = await store.putIfAbsent(headKey(id), serialize(head))
  if (put.outcome !== 'unknown') return put.outcome === 'applied'
  const stored = await store.get(headKey(id))
  if (!stored) throw new ObjectStoreError(`repository ${id} could not be created`, { cause: put.cause })
  return parseHead(id, stored.body).transactions[0] === head.transactions[0]
}

export function headKey(id: string): string {
  return `r/${id}/head.json`
}

function serialize(head: Head): Buffer {
  return Buffer.from(JSON.stringify(head))
}

/** Damaged or newer than this program: never read as an empty repository. */
function parseHead(id: string, body: Buffer): Head {
  try {
    return Head.parse(JSON.parse(body.toString()))
  } catch (error) {
    throw new ObjectStoreError(`the head of repository ${id} cannot be read`, { cause: error })
  }
}
