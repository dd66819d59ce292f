import { createHash } from 'node:crypto'
import { closeSync, constants, fsync, openSync, readFileSync } from 'node:fs'
import { copyFile, link, mkdir, open, opendir, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { ulid } from 'ulid'
import { isErrno } from '../errors.ts'
import { SerialQueue } from '../serial-queue.ts'
import { assertKey, ObjectStoreError } from './object-store.ts'
import type { Body, ListedObject, ObjectStore, PutOutcome, StoredObject } from './object-store.ts'

const sync = promisify(fsync)

/**
 * Objects as files below a folder. Every write is a synced temporary file that is linked or renamed into place, then
 * a sync of the folder, so that what is acknowledged survives a crash.
 * Compare-and-swap is exact within one process: the platform holds a lock on its data directory.
 */
export class DiskObjectStore implements ObjectStore {
  readonly #root: string
  readonly #incoming: string
  readonly #queues = new Map<string, SerialQueue>()

  private constructor(root: string) {
    this.#root = join(root, 'objects')
    this.#incoming = join(root, 'incoming')
  }

  /** Makes the folders; what an interrupted write left behind is removed. */
  static async open(root: string): Promise<DiskObjectStore> {
    const store = new DiskObjectStore(root)
    await rm(store.#incoming, { recursive: true, force: true })
    await mkdir(store.#incoming, { recursive: true })
    await mkdir(store.#root, { recursive: true })
    return store
  }

  async get(key: string): Promise<StoredObject | null> {
    const path = this.#path(key)
    try {
      // At once: these are small and read all the time, and a trip through the thread pool takes longer than they do.
      const body = readFileSync(path)
      return { body, etag: etagOf(body) }
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null
      throw new ObjectStoreError(`could not read ${key}`, { cause: error })
    }
  }

  async getIfChanged(key: string, etag: string): Promise<StoredObject | null | 'unchanged'> {
    const stored = await this.get(key)
    return stored?.etag === etag ? 'unchanged' : stored
  }

  async download(key: string, file: string): Promise<boolean> {
    try {
      await copyFile(this.#path(key), file, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
      return true
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return false
      throw new ObjectStoreError(`could not read ${key}`, { cause: error })
    }
  }

  async putIfAbsent(key: string, body: Body): Promise<PutOutcome> {
    const path = this.#path(key)
    return this.#write(path, body, async (temporary) => {
      try {
        await link(temporary, path)
        return true
      } catch (error) {
        if (isErrno(error, 'EEXIST')) return false
        throw error
      }
    })
  }

  async putIfMatch(key: string, body: Uint8Array, etag: string): Promise<PutOutcome> {
    const path = this.#path(key)
    return this.#serial(key, () =>
      this.#write(path, body, async (temporary) => {
        const current = await this.get(key)
        if (current?.etag !== etag) return false
        await rename(temporary, path)
        return true
      }),
    )
  }

  async delete(key: string): Promise<void> {
    await this.#serial(key, () => rm(this.#path(key), { force: true }))
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const folder = prefix === '' ? this.#root : this.#path(prefix.replace(/\/$/, ''))
    try {
      for await (const entry of await opendir(folder, { recursive: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        const found = await stat(path).catch(unlessGone)
        if (found) yield { key: relative(this.#root, path), size: found.size, modified: found.mtime }
      }
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw new ObjectStoreError(`could not list ${prefix}`, { cause: error })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.idle()))
  }

  #path(key: string): string {
    assertKey(key)
    return join(this.#root, key)
  }

  /** Compare and swap of one key, one at a time. */
  async #serial<T>(key: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? new SerialQueue()
    this.#queues.set(key, queue)
    try {
      return await queue.run(work)
    } finally {
      if (queue.size === 0) this.#queues.delete(key)
    }
  }

  async #write(
    path: string,
    body: Body,
    place: (temporary: string) => Promise<boolean>,
  ): Promise<PutOutcome> {
    const temporary = join(this.#incoming, ulid())
    const folder = dirname(path)
    try {
      const etag = await writeSynced(temporary, body)
      const placed = await place(temporary).catch(async (error: unknown) => {
        if (!isErrno(error, 'ENOENT')) throw error
        await makeFolder(folder)
        return place(temporary)
      })
      if (!placed) return { outcome: 'refused' }
      await syncFolder(folder)
      return { outcome: 'applied', etag }
    } catch (error) {
      throw new ObjectStoreError(`could not write ${relative(this.#root, path)}`, { cause: error })
    } finally {
      // Nobody waits for it, and what a crash leaves is removed at the next start.
      void unlink(temporary).catch(() => {})
    }
  }
}

function unlessGone(error: unknown): null {
  if (isErrno(error, 'ENOENT')) return null
  throw error
}

function etagOf(body: Uint8Array): string {
  return createHash('sha1').update(body).digest('hex')
}

async function writeSynced(path: string, body: Body): Promise<string> {
  if (!(body instanceof Uint8Array)) {
    await copyFile(body.file, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    await using copy = await open(path, 'r+')
    await copy.sync()
    return `file-${body.size}`
  }
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(body)
  await file.sync()
  return etagOf(body)
}

/** A folder is durable when every folder above it that had to be made is synced too. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let folder = path; folder.length >= dirname(first).length; folder = dirname(folder))
    await syncFolder(folder)
}

async function syncFolder(path: string): Promise<void> {
  const folder = openSync(path, 'r')
  try {
    await sync(folder)
  } finally {
    closeSync(folder)
  }
}
