import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ulid } from 'ulid'
import type { ObjectStore } from '../store/object-store.ts'
import type { Head, PackEntry } from './head.ts'
import { PackCache } from './pack-cache.ts'
import { uploadPack } from './pack-upload.ts'
import type { NewPack } from './pack-upload.ts'
import { createHead, headKey, Repository } from './repository.ts'
import type { ReceiveContext } from './receive-pack.ts'
import { Views } from './views.ts'

/** Bytes of packs that are kept on local disk for reading. */
const CACHE_BYTES = 4 * 1024 ** 3

export interface NewRepository {
  /** Symbolic HEAD, `refs/heads/…`. */
  head: string
  refs: Record<string, string>
  pack: NewPack | null
  by: string
}

/** All Git repositories of an object store. */
export class Remotes implements AsyncDisposable, ReceiveContext {
  readonly store: ObjectStore
  readonly cache: PackCache
  readonly views: Views
  readonly scratch: string
  readonly maxPackBytes = 2 * 1024 ** 3
  readonly #open = new Map<string, Repository>()
  readonly #listeners = new Set<(id: string) => void>()

  private constructor(store: ObjectStore, cache: PackCache, views: Views, scratch: string) {
    this.store = store
    this.cache = cache
    this.views = views
    this.scratch = scratch
  }

  /** `folder` is local and may be deleted whenever the platform is down. */
  static async open(store: ObjectStore, folder: string): Promise<Remotes> {
    const scratch = join(folder, 'scratch')
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch, { recursive: true })
    const cache = await PackCache.open(store, folder, CACHE_BYTES)
    return new Remotes(store, cache, await Views.open(cache, folder), scratch)
  }

  /** A handle; nothing is read, so the repository need not exist. */
  repository(id: string): Repository {
    const known = this.#open.get(id)
    if (known) return known
    const repository = new Repository(id, this.store, this.cache, (changed) => {
      for (const listener of this.#listeners) listener(changed)
    })
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
   * Makes a repository of a finished pack that is known to be whole. It is durable when this resolves.
   * False when there is one of this name already; that one is left as it is.
   */
  async create(id: string, { head, refs, pack, by }: NewRepository): Promise<boolean> {
    if (await this.repository(id).head()) return false
    const family = ulid().toLowerCase()
    const packs: PackEntry[] = []
    const members = Buffer.from(JSON.stringify({ version: 1, members: [id] }))
    const [entry] = await Promise.all([
      pack && uploadPack(this.store, family, pack),
      // Garbage collection finds the owners of a pack here, so a repository enters before it lists one.
      this.store.putIfAbsent(`f/${family}/family.json`, members),
    ])
    if (entry) packs.push(entry)
    const at = new Date().toISOString()
    const old = '0'.repeat(40)
    const created: Head = {
      version: 1,
      generation: 1,
      transactions: [ulid()],
      family,
      head,
      refs,
      packs,
      reflog: Object.entries(refs)
        .slice(0, 200)
        .map(([ref, oid]) => ({ ref, old, new: oid, at, by })),
      createdAt: at,
      retiredAt: null,
    }
    return createHead(this.store, id, created)
  }

  /** Ids of all repositories. Lists the store: for starts, never for a request. */
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
