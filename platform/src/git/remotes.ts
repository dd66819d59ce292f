import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ulid } from 'ulid'
import type { ObjectStore } from '../store/object-store.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { joinFamily } from './family.ts'
import type { Head, PackEntry } from './head.ts'
import { ZERO_OID } from './object-id.ts'
import { PackCache } from './pack-cache.ts'
import { uploadPack } from './pack-upload.ts'
import type { NewPack } from './pack-upload.ts'
import { createHead, headKey, Repository } from './repository.ts'
import type { HeadVersion } from './repository.ts'
import type { ReceiveContext } from './receive-pack.ts'
import { Views } from './views.ts'

/** Bytes of packs that are kept on local disk for reading. */
const CACHE_BYTES = 4 * 1024 ** 3

export interface NewRepository {
  /** Symbolic HEAD, `refs/heads/…`. */
  head: string
  refs: Record<string, string>
  /** Objects that the refs need and the parent does not have. */
  pack: NewPack | null
  by: string
  /** A fork lists the packs of this version of another repository; no object is copied. */
  parent?: HeadVersion
}

/** All Git repositories of an object store. */
export class Remotes implements AsyncDisposable, ReceiveContext {
  readonly store: ObjectStore
  readonly cache: PackCache
  readonly views: Views
  readonly scratch: string
  readonly clock: Clock
  readonly maxPackBytes = 2 * 1024 ** 3
  readonly #open = new Map<string, Repository>()
  readonly #listeners = new Set<(id: string) => void>()

  private constructor(store: ObjectStore, cache: PackCache, views: Views, scratch: string, clock: Clock) {
    this.store = store
    this.cache = cache
    this.views = views
    this.scratch = scratch
    this.clock = clock
  }

  /** `folder` is local and may be deleted whenever the platform is down. */
  static async open(store: ObjectStore, folder: string, clock = systemClock): Promise<Remotes> {
    const scratch = join(folder, 'scratch')
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch, { recursive: true })
    const cache = await PackCache.open(store, folder, CACHE_BYTES)
    return new Remotes(store, cache, await Views.open(cache, folder), scratch, clock)
  }

  /** A handle; nothing is read, so the repository need not exist. */
  repository(id: string): Repository {
    const known = this.#open.get(id)
    if (known) return known
    const { store, cache, clock } = this
    const published = (changed: string): void => {
      for (const listener of this.#listeners) listener(changed)
    }
    const repository = new Repository(id, { store, cache, clock, published })
    this.#open.set(id, repository)
    return repository
  }

  /** Tells the id of each repository that this process has changed. */
  subscribe(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
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
  async create(id: string, { head, refs, pack, by, parent }: NewRepository): Promise<boolean> {
    if (await this.repository(id).head()) return false
    const family = parent?.head.family ?? ulid().toLowerCase()
    const now = new Date(this.clock.now())
    // Garbage collection finds the owners of a pack in the family, so a repository enters before it lists one.
    await joinFamily(this.store, family, id, now)
    const entry = pack && (await uploadPack(this.store, family, pack))
    const packs: PackEntry[] = [...(parent?.head.packs ?? []), ...(entry ? [entry] : [])]
    const at = now.toISOString()
    const created: Head = {
      version: 1,
      generation: 1,
      transactions: [ulid()],
      family,
      head,
      refs,
      packs,
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.views[Symbol.asyncDispose]()
    await this.cache[Symbol.asyncDispose]()
  }
}
