import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { ObjectStoreError } from '../store/object-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { joinFamily, leaveFamily } from './family.ts'
import type { Head, PackEntry } from './head.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { Limits } from './limits.ts'
import { ZERO_OID } from './object-id.ts'
import { createObjectReader } from './object-reader.ts'
import type { ObjectReader } from './object-reader.ts'
import { PackCache } from './pack-cache.ts'
import { uploadPack } from './pack-upload.ts'
import type { NewPack } from './pack-upload.ts'
import { createHead, headKey, Repository } from './repository.ts'
import type { HeadVersion } from './repository.ts'
import type { ReceiveContext } from './receive-pack.ts'
import { Views } from './views.ts'

/** Bytes of packs that are kept on local disk for reading. */
const CACHE_BYTES = 4 * 1024 ** 3

export type PublishListener = (id: string, version: HeadVersion) => void

/** What another platform over the same store has changed, and on whose behalf; null: any repository may have changed. */
export type ElsewhereListener = (change: { id: string; by: string } | null) => void

export interface NewRepository {
  /** Symbolic HEAD, `refs/heads/…`. */
  head: string
  refs: Record<string, string>
  /** Objects that the refs need and the parent does not have. */
  pack: NewPack | null
  by: string
  /** A fork lists the packs of this repository; no object is copied. */
  parent?: string
  /** Commits whose parents are not there yet; a fork has its parent's. */
  shallow?: string[]
  /** Asked of the packs that the fork is about to list; what it throws ends the creation. */
  check?: (objects: ObjectReader) => Promise<void>
}

/** All Git repositories of an object store. */
export class Remotes implements AsyncDisposable, ReceiveContext {
  readonly store: ObjectStore
  readonly cache: PackCache
  readonly views: Views
  readonly scratch: string
  readonly clock: Clock
  readonly limits: Limits
  readonly #open = new Map<string, Repository>()
  readonly #listeners = new Set<PublishListener>()
  readonly #elsewhere = new Set<ElsewhereListener>()

  private constructor(
    store: ObjectStore,
    cache: PackCache,
    views: Views,
    scratch: string,
    clock: Clock,
    limits: Limits,
  ) {
    this.store = store
    this.cache = cache
    this.views = views
    this.scratch = scratch
    this.clock = clock
    this.limits = limits
  }

  /** `folder` is local and may be deleted whenever the platform is down. */
  static async open(
    store: ObjectStore,
    folder: string,
    clock = systemClock,
    limits = DEFAULT_LIMITS,
  ): Promise<Remotes> {
    const scratch = join(folder, 'scratch')
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch, { recursive: true })
    const cache = await PackCache.open(store, folder, CACHE_BYTES)
    return new Remotes(store, cache, await Views.open(cache, folder), scratch, clock, limits)
  }

  /** A handle; nothing is read, so the repository need not exist. */
  repository(id: string): Repository {
    const known = this.#open.get(id)
    if (known) return known
    const { store, cache, clock } = this
    const published: PublishListener = (changed, version) => {
      for (const listener of this.#listeners) listener(changed, version)
    }
    const repository = new Repository(id, { store, cache, clock, published })
    this.#open.set(id, repository)
    return repository
  }

  /** Tells each change of a repository that this process has made. */
  subscribe(listener: PublishListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  /** Tells each change that another platform has made, as far as this one hears of it. */
  subscribeElsewhere(listener: ElsewhereListener): Disposable {
    this.#elsewhere.add(listener)
    return { [Symbol.dispose]: () => this.#elsewhere.delete(listener) }
  }

  /** For whoever hears from the other platforms. */
  changedElsewhere(change: Parameters<ElsewhereListener>[0]): void {
    for (const listener of this.#elsewhere) listener(change)
  }

  /** True when it exists and is not retired. */
  async exists(id: string): Promise<boolean> {
    const version = await this.repository(id).head()
    return version !== null && version.head.retiredAt === null
  }

  /**
   * Makes a repository of a finished pack that is known to be whole, or of another repository's packs and one more.
   * It costs the same few requests whatever the size. Durable when this resolves; false when there is one of this
   * name already, which is left as it is.
   */
  async create(
    id: string,
    { head, refs, pack, by, parent, shallow = [], check }: NewRepository,
  ): Promise<boolean> {
    if (await this.repository(id).head()) return false
    const family = parent === undefined ? ulid().toLowerCase() : (await this.#existing(parent)).head.family
    const now = new Date(this.clock.now())
    // Garbage collection finds the owners of a pack in the family, so a repository enters before it lists one; and it
    // looks at its parent only then, because what the parent listed before may be garbage by now.
    await joinFamily(this.store, family, id, now)
    const origin = parent === undefined ? null : await this.#existing(parent)
    if (origin && check) await this.#checkFork(id, family, origin.head.packs, check)
    const entry = pack && (await uploadPack(this.store, family, pack, this.clock.now()))
    const packs: PackEntry[] = [...(origin?.head.packs ?? []), ...(entry ? [entry] : [])]
    const at = now.toISOString()
    const created: Head = {
      version: 1,
      generation: 1,
      transactions: [ulid()],
      family,
      head,
      refs,
      packs,
      ...withShallow([...(origin?.head.shallow ?? []), ...shallow]),
      superseded: [],
      gcEpoch: 0,
      reflog: Object.entries(refs)
        .slice(0, 200)
        .map(([ref, oid]) => ({ ref, old: ZERO_OID, new: oid, at, by })),
      createdAt: at,
      retiredAt: null,
    }
    return createHead(this.store, id, created)
  }

  /** Marks a repository as deleted, or as alive again: a retired one is served to nobody and kept for a week. */
  async retire(id: string, retired: boolean): Promise<void> {
    await this.repository(id).edit(async ({ head }) => {
      if ((head.retiredAt !== null) === retired) return null
      return { ...head, retiredAt: retired ? new Date(this.clock.now()).toISOString() : null }
    })
  }

  /** Ids of all repositories. Lists the store: for starts and the background, never for a request. */
  async list(signal?: AbortSignal): Promise<string[]> {
    const ids: string[] = []
    const [prefix, suffix] = headKey('\n').split('\n') as [string, string]
    for await (const { key } of this.store.list(prefix, signal))
      if (key.endsWith(suffix)) ids.push(key.slice(prefix.length, -suffix.length))
    return ids
  }

  async #checkFork(
    id: string,
    family: string,
    packs: PackEntry[],
    check: (objects: ObjectReader) => Promise<void>,
  ): Promise<void> {
    try {
      await check(createObjectReader(packs, this.cache))
    } catch (error) {
      // Nobody waits for a fork that is not made.
      await leaveFamily(this.store, family, id)
      throw error
    }
  }

  async #existing(id: string): Promise<HeadVersion> {
    const version = await this.repository(id).head()
    if (!version) throw new ObjectStoreError(`repository ${id} does not exist`)
    return version
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.views[Symbol.asyncDispose]()
    await this.cache[Symbol.asyncDispose]()
  }
}

function withShallow(shallow: string[]): Pick<Head, 'shallow'> {
  return shallow.length === 0 ? {} : { shallow }
}
