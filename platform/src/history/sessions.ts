import type { SaveSession, SaveSessions } from '../protocol.ts'
import type { CommitInfo, CommitReader } from './commits.ts'
import { saveBefore } from './commits.ts'
import { beginOf, sessionTips } from './save-refs.ts'
import { findTakenIn } from './taken-in.ts'
import type { Source } from './timeline.ts'

/** Sessions that are listed besides those that are stray. */
const LISTED = 100
/** Saves that are read to be counted for one answer. */
const COUNTED = 10_000
/** Saves in which the end of a stray session's common history is looked for. */
const MAX_STRAY = 5000

/** How many saves sessions have, as far as that was counted before: then only what came since is read. */
export class SaveCounts {
  readonly #known = new Map<string, { tip: string; saves: number }>()

  /** null when it is more than `budget.left` saves away from what is known. `others`: tips at which other sessions begin. */
  async count(
    key: string,
    tip: CommitInfo,
    read: CommitReader,
    budget: { left: number },
    others: Set<string> = new Set(),
  ): Promise<number | null> {
    const known = this.#known.get(key)
    let saves = 0
    for (let commit: CommitInfo | null = tip; commit; commit = await saveBefore(read, commit)) {
      if (commit.oid === known?.tip) {
        saves += known.saves
        break
      }
      // What a crashed runner left is a part of the next session's line.
      if (saves > 0 && others.has(commit.oid)) break
      if (budget.left <= 0) return null
      budget.left -= 1
      saves += 1
    }
    this.#known.delete(key)
    this.#known.set(key, { tip: tip.oid, saves })
    const [oldest] = this.#known.keys()
    if (this.#known.size > 10_000 && oldest !== undefined) this.#known.delete(oldest)
    return saves
  }
}

/** The sessions of a workspace, newest first: all that are stray, and the newest of the others. */
export async function listSessions(
  repository: string,
  { head, read }: Source,
  counts: SaveCounts,
  signal: AbortSignal,
): Promise<SaveSessions> {
  const tips = sessionTips(head)
  const taken = await findTakenIn(head, read)
  const listed: SaveSession[] = []
  const budget = { left: COUNTED }
  const all = new Set(tips.map(({ tip }) => tip))
  let older = 0
  let others = 0
  for (const one of tips) {
    signal.throwIfAborted()
    const stray = !taken.has(one.tip)
    others += stray ? 0 : 1
    if (!stray && others > LISTED) {
      older += 1
      continue
    }
    const commit = await read(one.tip)
    if (!commit?.save) continue
    listed.push({
      id: one.session,
      tip: one.tip,
      begunAt: new Date(beginOf(one.session) ?? commit.time * 1000).toISOString(),
      at: new Date(commit.time * 1000).toISOString(),
      saves: await counts.count(`${repository} ${one.session}`, commit, read, budget, all),
      head: commit.save.head,
      current: one === tips[0],
      stray,
      base: stray ? await findBase(commit, taken, read) : null,
    })
  }
  return { sessions: listed, older }
}

/**
 * The newest thing that a stray session and the current one have in common: a save of its own that was taken in, or the
 * one that it continued, or the commit that it began on.
 */
async function findBase(tip: CommitInfo, taken: Set<string>, read: CommitReader): Promise<string | null> {
  let oldest = tip
  for (let left = MAX_STRAY; left > 0; left -= 1) {
    const before = await saveBefore(read, oldest)
    if (!before) break
    if (taken.has(before.oid)) return before.oid
    oldest = before
  }
  const { previous = null, headCommit = null } = oldest.save ?? {}
  for (const oid of [previous, headCommit]) if (oid !== null && (await read(oid))) return oid
  return null
}
