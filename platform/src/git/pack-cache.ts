import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { link, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isErrno } from '../errors.ts'
import { ObjectStoreError } from '../store/object-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { PackEntry } from './head.ts'
import { PackIndex } from './pack-index.ts'

/** Packs that are kept open, as many small ones do not fill the cache but use up file descriptors. */
const MAX_OPEN = 2048

/** A pack on local disk with its index in memory. Held by the cache: users do not close it. */
export interface CachedPack {
  index: PackIndex
  file: FileHandle
  /** Bytes of the pack. */
  size: number
  path: string
}

interface Slot {
  pack: Promise<CachedPack>
  /** What `pack` resolved to. */
  loaded: CachedPack | null
  users: number
}

/** The pack is listed but not in the store: the head moved on, or the store lost it. */
export class MissingPackError extends Error {
  override name = 'MissingPackError'
}

/**
 * Packs of the object store on local disk: fetched once, bounded in bytes, least recently used first out.
 * Its folder can be deleted whenever the platform is down.
 */
export class PackCache implements AsyncDisposable {
  readonly #store: ObjectStore
  readonly #folder: string
  readonly #limit: number
  readonly #slots = new Map<string, Slot>()
  #bytes = 0
  /** Uses of packs that were here, and that had to be fetched. */
  readonly uses = { hits: 0, misses: 0 }

  private constructor(store: ObjectStore, folder: string, limitBytes: number) {
    this.#store = store
    this.#folder = folder
    this.#limit = limitBytes
  }

  /** Begins empty: what an earlier process left is not trusted to be whole. */
  static async open(store: ObjectStore, folder: string, limitBytes: number): Promise<PackCache> {
    await rm(join(folder, 'packs'), { recursive: true, force: true })
    return new PackCache(store, folder, limitBytes)
  }

  /** Bytes of the packs and indexes that are open. */
  get bytes(): number {
    return this.#bytes
  }

  /** Lends a pack to `work`; it is not evicted meanwhile. */
  async use<T>(entry: PackEntry, work: (pack: CachedPack) => Promise<T>): Promise<T> {
    const slot = this.#slot(entry)
    slot.users += 1
    try {
      return await work(await slot.pack)
    } finally {
      slot.users -= 1
      await this.#evict()
    }
  }

  /** Makes hard links of a pack and its index in `folder`, under the names that git wants. */
  async linkInto(entry: PackEntry, folder: string): Promise<void> {
    const name = `pack-${entry.key.slice(-40)}`
    await this.use(entry, async ({ path }) => {
      await link(`${path}.pack`, join(folder, `${name}.pack`)).catch(unlessExists)
      await link(`${path}.idx`, join(folder, `${name}.idx`)).catch(unlessExists)
    })
  }

  /**
   * Keeps a copy of a pack that was just written into the store, which saves the way back. Takes a file over; bytes
   * are written while nobody waits but those who read the pack.
   */
  async adopt(entry: PackEntry, pack: Uint8Array | { file: string }, index: Uint8Array): Promise<void> {
    if (pack instanceof Uint8Array) {
      if (this.#slots.has(entry.key)) return
      this.#keep(entry, this.#place(entry, pack, Buffer.from(index)))
      await this.#evict()
      return
    }
    const path = this.#path(entry)
    await mkdir(dirname(path), { recursive: true })
    await placeBytes(`${path}.idx`, index)
    await rename(pack.file, `${path}.pack`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const slots = [...this.#slots.values()]
    this.#slots.clear()
    await Promise.all(slots.map(async (slot) => (await slot.pack.catch(() => null))?.file.close()))
  }

  #path(entry: PackEntry): string {
    return join(this.#folder, 'packs', entry.key.replaceAll('/', '~'))
  }

  #slot(entry: PackEntry): Slot {
    const known = this.#slots.get(entry.key)
    if (known) {
      this.uses.hits += 1
      this.#slots.delete(entry.key)
      this.#slots.set(entry.key, known)
      return known
    }
    return this.#keep(entry, this.#load(entry))
  }

  #keep(entry: PackEntry, pack: Promise<CachedPack>): Slot {
    const slot: Slot = { pack, loaded: null, users: 0 }
    this.#slots.set(entry.key, slot)
    pack.then(
      (loaded) => {
        slot.loaded = loaded
        this.#bytes += bytesOf(loaded)
      },
      () => this.#slots.delete(entry.key),
    )
    return slot
  }

  async #place(entry: PackEntry, pack: Uint8Array, index: Buffer): Promise<CachedPack> {
    const path = this.#path(entry)
    await mkdir(dirname(path), { recursive: true })
    await Promise.all([placeBytes(`${path}.pack`, pack), placeBytes(`${path}.idx`, index)])
    const file = await open(`${path}.pack`, 'r')
    return { index: new PackIndex(index), file, size: pack.byteLength, path }
  }

  async #load(entry: PackEntry): Promise<CachedPack> {
    const path = this.#path(entry)
    await mkdir(dirname(path), { recursive: true })
    const [fetched] = await Promise.all([
      this.#fetch(`${entry.key}.pack`, `${path}.pack`),
      this.#fetch(`${entry.key}.idx`, `${path}.idx`),
    ])
    this.uses[fetched ? 'misses' : 'hits'] += 1
    const index = new PackIndex(await readFile(`${path}.idx`))
    const file = await open(`${path}.pack`, 'r')
    const { size } = await file.stat()
    if (size !== entry.size) {
      await file.close()
      await rm(`${path}.pack`, { force: true })
      throw new ObjectStoreError(`pack ${entry.key} has ${size} bytes where ${entry.size} are recorded`)
    }
    return { index, file, size, path }
  }

  /** False when it is here already. */
  async #fetch(key: string, path: string): Promise<boolean> {
    if (await exists(path)) return false
    const temporary = temporaryFor(path)
    try {
      if (!(await this.#store.download(key, temporary)))
        throw new MissingPackError(`${key} is not in the store`)
      await rename(temporary, path)
      return true
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async #evict(): Promise<void> {
    for (const [key, { loaded, users }] of this.#slots) {
      if (this.#bytes <= this.#limit && this.#slots.size <= MAX_OPEN) return
      if (users > 0 || !loaded) continue
      this.#slots.delete(key)
      this.#bytes -= bytesOf(loaded)
      // At once, so that a load which begins now cannot find a file that is about to go. Views have links of their own.
      rmSync(`${loaded.path}.pack`, { force: true })
      rmSync(`${loaded.path}.idx`, { force: true })
      await loaded.file.close()
    }
  }
}

function bytesOf(pack: CachedPack): number {
  return pack.size + pack.index.bytes
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

async function placeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryFor(path)
  await writeFile(temporary, bytes, { mode: 0o600 })
  await rename(temporary, path)
}

function temporaryFor(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}`
}

function unlessExists(error: unknown): void {
  if (!isErrno(error, 'EEXIST')) throw error
}
