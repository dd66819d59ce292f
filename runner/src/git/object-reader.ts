import { startGit } from './spawn.ts'
import type { GitProcess } from './spawn.ts'
import type { GitObject, ObjectType } from './objects.ts'

/** Trees and commits kept in memory, in bytes. */
const CACHE_BYTES = 32 * 1024 * 1024

/** The object is in neither the user's clone nor the shadow: somebody pruned it. */
export class MissingObjectError extends Error {
  override name = 'MissingObjectError'
}

interface Waiting {
  oid: string
  resolve: (object: GitObject) => void
  reject: (error: Error) => void
}

/**
 * Reads objects of the shadow, and through its alternates of the user's clone, by one long-lived
 * `git cat-file --batch`. The process is started on first use and again after it died.
 */
export class ObjectReader {
  readonly #gitDir: string
  readonly #cache = new Map<string, GitObject>()
  #cachedBytes = 0
  #process: GitProcess | null = null
  #waiting: Waiting[] = []
  #received: Buffer[] = []
  #receivedBytes = 0
  #neededBytes = 0

  constructor(gitDir: string) {
    this.#gitDir = gitDir
  }

  /** Throws `MissingObjectError` when there is no such object. */
  async read(oid: string): Promise<GitObject> {
    const cached = this.#cache.get(oid)
    if (cached) {
      this.#cache.delete(oid)
      this.#cache.set(oid, cached)
      return cached
    }
    const object = await this.#ask(oid)
    this.remember(object)
    return object
  }

  async has(oid: string): Promise<boolean> {
    try {
      await this.read(oid)
      return true
    } catch (error) {
      if (error instanceof MissingObjectError) return false
      throw error
    }
  }

  /** Puts an object that was just made into the cache, so that the next save need not ask for it. */
  remember(object: GitObject): void {
    if (object.type === 'blob' || this.#cache.has(object.oid)) return
    this.#cache.set(object.oid, object)
    this.#cachedBytes += object.data.length
    for (const [oid, oldest] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES) break
      this.#cache.delete(oid)
      this.#cachedBytes -= oldest.data.length
    }
  }

  /** Forgets everything: what it remembers may be gone from the disk. */
  reset(): void {
    this.#cache.clear()
    this.#cachedBytes = 0
    this.#process?.kill()
    this.#abandon()
  }

  dispose(): void {
    this.reset()
  }

  #ask(oid: string): Promise<GitObject> {
    return new Promise((resolve, reject) => {
      const process = (this.#process ??= this.#start())
      this.#waiting.push({ oid, resolve, reject })
      process.stdin.write(`${oid}\n`)
    })
  }

  #start(): GitProcess {
    const child = startGit(['cat-file', '--batch'], { gitDir: this.#gitDir })
    child.stderr.resume()
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#process === child) this.#receive(chunk)
    })
    const ended = (): void => {
      if (this.#process === child) this.#abandon()
    }
    child.once('error', ended)
    child.once('close', ended)
    return child
  }

  #abandon(): void {
    this.#process = null
    this.#received = []
    this.#receivedBytes = 0
    this.#neededBytes = 0
    const waiting = this.#waiting
    this.#waiting = []
    for (const { reject } of waiting) reject(new Error('git cat-file ended unexpectedly'))
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk)
    this.#receivedBytes += chunk.length
    if (this.#receivedBytes < this.#neededBytes) return
    let rest: Buffer = Buffer.concat(this.#received)
    for (let taken = this.#takeAnswer(rest); taken > 0; taken = this.#takeAnswer(rest)) {
      rest = rest.subarray(taken)
    }
    this.#received = [rest]
    this.#receivedBytes = rest.length
  }

  /** Answers the oldest question if its answer is complete; returns the bytes it took, else 0. */
  #takeAnswer(data: Buffer): number {
    const end = data.indexOf(0x0a)
    if (end === -1) return 0
    const [oid = '', type = '', length = ''] = data.toString('latin1', 0, end).split(' ')
    if (type === 'missing') {
      this.#neededBytes = 0
      this.#waiting.shift()?.reject(new MissingObjectError(`object ${oid} is missing`))
      return end + 1
    }
    const size = Number(length)
    const total = end + 1 + size + 1
    this.#neededBytes = total
    if (data.length < total) return 0
    this.#neededBytes = 0
    // A copy: the slice would keep the whole chunk alive in the cache.
    const content = Buffer.from(data.subarray(end + 1, end + 1 + size))
    this.#waiting.shift()?.resolve({ oid, type: type as ObjectType, data: content })
    return total
  }
}
