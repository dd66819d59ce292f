import type { SaveQueue } from '../protocol.ts'
import type { GitObject } from '../git/objects.ts'
import type { ChainEntry } from './save-chain.ts'

/** Objects kept in memory for a push without git; beyond this many bytes git packs them from the shadow. */
const MEMORY_BYTES = 32 * 1024 * 1024
/** Most bytes and most saves that may wait on the disk. */
const QUEUE_BYTES = 256 * 1024 * 1024
const QUEUE_SAVES = 20_000

export interface Batch {
  tip: string
  parents: string[]
  commits: Set<string>
  /** Everything the remote lacks when it has `parents`; null when only git can tell. */
  objects: GitObject[] | null
  /** The same as a pack, when there is one already. */
  pack: Buffer | null
}

/** Saves that are on this disk and not yet acknowledged by the remote, oldest first. */
export class Outbox {
  #entries: ChainEntry[] = []
  #memoryBytes = 0
  #bytes = 0

  add(entry: ChainEntry): void {
    this.#memoryBytes += sizeOf(entry)
    this.#bytes += entry.bytes
    this.#entries.push(entry)
    if (this.#memoryBytes <= MEMORY_BYTES) return
    this.#entries = this.#entries.map((each) => ({
      ...each,
      objects: [],
      pack: null,
      selfContained: false,
    }))
    this.#memoryBytes = 0
  }

  /** `entry` stands in for all that is waiting. */
  replace(entry: ChainEntry): void {
    this.#entries = []
    this.#memoryBytes = 0
    this.#bytes = 0
    this.add(entry)
  }

  get saveIds(): string[] {
    return this.#entries.flatMap((entry) => entry.saveIds)
  }

  get queue(): SaveQueue {
    return { saves: this.#entries.length, bytes: this.#bytes, limit: QUEUE_BYTES }
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  get isFull(): boolean {
    return this.#bytes >= QUEUE_BYTES || this.#entries.length >= QUEUE_SAVES
  }

  has(saveId: string): boolean {
    return this.#entries.some((entry) => entry.saveIds.includes(saveId))
  }

  /** All that is waiting; null when nothing is. */
  batch(): Batch | null {
    const tip = this.#entries.at(-1)
    if (!tip) return null
    const selfContained = this.#entries.every((entry) => entry.selfContained)
    const objects = new Map(this.#entries.flatMap((entry) => entry.objects).map((each) => [each.oid, each]))
    return {
      tip: tip.commit,
      parents: this.#entries.flatMap((entry) => entry.parents),
      commits: new Set(this.#entries.map((entry) => entry.commit)),
      objects: selfContained ? [...objects.values()] : null,
      pack: selfContained && this.#entries.length === 1 ? tip.pack : null,
    }
  }

  /** The remote has `commit`, and with it all that came before. */
  acknowledge(commit: string): void {
    const position = this.#entries.findIndex((entry) => entry.commit === commit)
    for (const entry of this.#entries.splice(0, position + 1)) {
      this.#memoryBytes -= sizeOf(entry)
      this.#bytes -= entry.bytes
    }
  }
}

function sizeOf(entry: ChainEntry): number {
  return entry.objects.reduce((sum, object) => sum + object.data.length, entry.pack?.length ?? 0)
}
