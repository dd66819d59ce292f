import { ObjectReader } from '../git/object-reader.ts'
import type { GitObject } from '../git/objects.ts'
import { encodePack } from '../git/pack.ts'
import { git } from '../git/spawn.ts'
import { createSerial } from '../serial.ts'

/** From this many objects on a pack is better than files of their own. */
const MOST_LOOSE = 200
/** Above this many bytes new objects do not stay in memory. */
const MEMORY_BYTES = 16 * 1024 * 1024

/**
 * The objects of the shadow. Those that were just made are in memory alone (the journal has them, too) until a git
 * process needs them: writing them as files costs more than all the rest of a save.
 */
export class ShadowObjects {
  readonly gitDir: string
  readonly #reader: ObjectReader
  readonly #serial = createSerial()
  readonly #fresh = new Map<string, GitObject>()
  #freshBytes = 0

  constructor(gitDir: string) {
    this.gitDir = gitDir
    this.#reader = new ObjectReader(gitDir)
  }

  /** Throws `MissingObjectError` when there is no such object. */
  async read(oid: string): Promise<GitObject> {
    return this.#fresh.get(oid) ?? (await this.#reader.read(oid))
  }

  async has(oid: string): Promise<boolean> {
    return this.#fresh.has(oid) || (await this.#reader.has(oid))
  }

  get isLarge(): boolean {
    return this.#freshBytes > MEMORY_BYTES
  }

  add(objects: GitObject[]): void {
    for (const object of objects) {
      if (this.#fresh.has(object.oid)) continue
      this.#fresh.set(object.oid, object)
      this.#freshBytes += object.data.length
    }
  }

  /** Writes what is in memory alone to the repository, so that git sees it. Throws `GitError`. */
  flush(): Promise<void> {
    return this.#serial(async () => {
      const objects = [...this.#fresh.values()]
      if (objects.length === 0) return
      const pack = await encodePack(objects)
      const command = objects.length < MOST_LOOSE ? ['unpack-objects', '-q'] : ['index-pack', '--stdin']
      await git(command, { gitDir: this.gitDir, input: pack })
      for (const object of objects) {
        this.#fresh.delete(object.oid)
        this.#freshBytes -= object.data.length
        this.#reader.remember(object)
      }
    })
  }

  /** Forgets what is known of the disk: it may be gone. */
  reset(): void {
    this.#reader.reset()
  }

  dispose(): void {
    this.#reader.dispose()
  }
}
