import type { GitObject } from '../git/objects.ts'
import type { ChainEntry } from './save-chain.ts'

/** Objects kept in memory for a push without git; beyond this many bytes git packs them from the shadow. */
const MEMORY_BYTES = 32 * 1024 * 1024

export interface Batch {
  tip: string
  parents: string[]
  commits: Set<string>
  /** Everything the remote lacks when it has `parents`; null when only git can tell. */
  objects: GitObject[] | null
}

/** Saves that are on this disk and not yet acknowledged by the remote, oldest first. */
export class Outbox {
  #entries: ChainEntry[] = []
  #bytes = 0

  add(entry: ChainEntry): void {
    this.#bytes += sizeOf(entry)
    this.#entries.push(entry)
    if (this.#bytes <= MEMORY_BYTES) return
    this.#entries = this.#entries.map((entry) => ({ ...entry, objects: [], selfContained: false }))
    this.#bytes = 0
  }

  /** `entry` stands in for all that is waiting. */
  replace(entry: ChainEntry): void {
    this.#entries = []
    this.#bytes = 0
    this.add(entry)
  }

  get saveIds(): string[] {
    return this.#entries.flatMap((entry) => entry.saveIds)
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
    }
  }

  /** The remote has `commit`, and with it all that came before. */
  acknowledge(commit: string): void {
    const position = this.#entries.findIndex((entry) => entry.commit === commit)
    for (const entry of this.#entries.splice(0, position + 1)) this.#bytes -= sizeOf(entry)
  }
}

function sizeOf(entry: ChainEntry): number {
  return entry.objects.reduce((sum, object) => sum + object.data.length, 0)
}
