import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { assertKey } from '../../src/store/object-store.ts'
import type {
  Body,
  ListedObject,
  ObjectStore,
  PutOutcome,
  StoredObject,
} from '../../src/store/object-store.ts'

/** Objects in memory, for simulations. The contract suite proves that it is a store like the others. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, { body: Buffer; etag: string; modified: number }>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  async get(key: string): Promise<StoredObject | null> {
    assertKey(key)
    const found = this.objects.get(key)
    return found ? { body: Buffer.from(found.body), etag: found.etag } : null
  }

  async getIfChanged(key: string, etag: string): Promise<StoredObject | null | 'unchanged'> {
    return this.objects.get(key)?.etag === etag ? 'unchanged' : this.get(key)
  }

  async download(key: string, file: string): Promise<boolean> {
    assertKey(key)
    const found = this.objects.get(key)
    if (!found) return false
    await writeFile(file, found.body, { flag: 'wx' })
    return true
  }

  async putIfAbsent(key: string, body: Body): Promise<PutOutcome> {
    assertKey(key)
    const bytes = body instanceof Uint8Array ? Buffer.from(body) : await readFile(body.file)
    return this.objects.has(key) ? { outcome: 'refused' } : this.#put(key, bytes)
  }

  async putIfMatch(key: string, body: Uint8Array, etag: string): Promise<PutOutcome> {
    assertKey(key)
    return this.objects.get(key)?.etag === etag ? this.#put(key, Buffer.from(body)) : { outcome: 'refused' }
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key)
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    // A copy: those who list may delete meanwhile.
    for (const [key, { body, modified }] of Array.from(this.objects))
      if (key.startsWith(prefix)) yield { key, size: body.length, modified: new Date(modified) }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #put(key: string, body: Buffer): PutOutcome {
    const etag = createHash('sha1').update(body).digest('hex')
    this.objects.set(key, { body, etag, modified: this.#now() })
    return { outcome: 'applied', etag }
  }
}
