import type { CommitInfo, CommitReader } from './commits.ts'
import { saveBefore } from './commits.ts'

/** Something that the walk has yet to come to. */
export interface Pending {
  oid: string
  /** Of a save; null for a commit of the user. */
  session: string | null
  /** Seconds since the epoch at which it stands in the history: never later than what came of it. */
  time: number
}

/**
 * Goes through saves and commits from newest to oldest by their times: a queue of what is next on every line. It holds
 * as many things as there are lines side by side, whatever the length of the history.
 */
export class Walk {
  readonly #read: CommitReader
  /** Oldest first; of one time, what came in first is last. */
  readonly #pending: Pending[] = []
  readonly #queued = new Set<string>()
  /** What was handed out by this walk. */
  readonly #seen = new Set<string>()

  constructor(read: CommitReader) {
    this.#read = read
  }

  /** Newest first. */
  get pending(): Pending[] {
    return this.#pending.toReversed()
  }

  add(pending: Pending): void {
    if (this.#queued.has(pending.oid) || this.#seen.has(pending.oid)) return
    this.#queued.add(pending.oid)
    let [low, high] = [0, this.#pending.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#pending[middle]?.time ?? 0) < pending.time) low = middle + 1
      else high = middle
    }
    this.#pending.splice(low, 0, pending)
  }

  /** Adds a commit at its own time, if there is one. */
  async addTip(oid: string, session: string | null): Promise<void> {
    const commit = await this.#read(oid)
    if (commit) this.add({ oid, session, time: commit.time })
  }

  /** The next one, after which what came before it is pending; null at the end. */
  async next(): Promise<{ commit: CommitInfo; at: Pending } | null> {
    for (let at = this.#pending.pop(); at; at = this.#pending.pop()) {
      this.#queued.delete(at.oid)
      this.#seen.add(at.oid)
      const commit = await this.#read(at.oid)
      if (!commit) continue
      if (at.session === null) await this.#addParents(commit, at)
      else await this.#addBefore(commit, at, at.session)
      return { commit, at }
    }
    return null
  }

  async #addParents({ parents }: CommitInfo, { time }: Pending): Promise<void> {
    for (const oid of parents) {
      const parent = await this.#read(oid)
      if (parent) this.add({ oid, session: null, time: Math.min(parent.time, time) })
    }
  }

  async #addBefore(commit: CommitInfo, { time }: Pending, session: string): Promise<void> {
    const headCommit = commit.save?.headCommit ?? null
    const head = headCommit !== null && headCommit === commit.parents[0] ? await this.#read(headCommit) : null
    // It may be on no branch any more. With a time after the save's it was come to before, or its clock is wrong; to
    // come to it twice would be to come to all that it stands on twice.
    if (head && head.time <= time) this.add({ oid: head.oid, session: null, time: head.time })
    const before = await saveBefore(this.#read, commit)
    if (before) this.add({ oid: before.oid, session, time: Math.min(before.time, time) })
  }
}
