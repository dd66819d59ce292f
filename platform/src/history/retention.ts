import type { Logger } from 'pino'
import { DAY } from '../git/clock.ts'
import type { Head, RefUpdate } from '../git/head.ts'
import { ZERO_OID } from '../git/object-id.ts'
import { SAVES_PREFIX } from '../git/ref-name.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import { CommitMemory } from './commits.ts'
import type { CommitReader } from './commits.ts'
import { CONTINUED_PREFIX, sessionTips } from './save-refs.ts'
import type { SessionTip } from './save-refs.ts'
import { findTakenIn } from './taken-in.ts'

export interface RetentionPolicy {
  /** Days for which every save is kept; after that the last session of each day (UTC). */
  keepDays: number
  /** True for a session whose runner runs, as far as this process can tell. */
  isInUse: (repository: string, session: string) => boolean
}

/** What is let go of one repository: whole sessions, whose objects garbage collection takes when it is time. */
export interface RetentionPlan {
  /** Of the session that was the newest; it stays. */
  newest: string
  dropped: SessionTip[]
  updates: RefUpdate[]
}

/**
 * Lets old sessions go, as a whole: their first saves stand on commits of the user alone, so nothing else needs them.
 * Never the newest one, one that is in use, or one with something in it that the newest has not taken in.
 */
export class Retention {
  readonly #remotes: Remotes
  readonly #policy: RetentionPolicy
  readonly #log: Logger
  readonly #commits = new CommitMemory()

  constructor(remotes: Remotes, policy: RetentionPolicy, log: Logger) {
    this.#remotes = remotes
    this.#policy = policy
    this.#log = log
  }

  /** How many sessions were let go. What came between makes it none; there is another day. */
  async apply(id: string, signal?: AbortSignal): Promise<number> {
    const repository = this.#remotes.repository(id)
    const version = await repository.head(signal)
    if (!version || version.head.retiredAt !== null || sessionTips(version.head).length < 2) return 0
    const read = this.#commits.reader(id, repository.objects(version))
    const plan = await planRetention(version.head, read, this.#remotes.clock.now(), {
      ...this.#policy,
      isInUse: (session) => this.#policy.isInUse(id, session),
    })
    if (!plan || !(await carryOut(this.#remotes, id, plan))) return 0
    this.#log.info({ repository: id, sessions: plan.dropped.length }, 'old saves let go')
    return plan.dropped.length
  }
}

/** null when there is nothing to let go. `now` in milliseconds since the epoch. */
export async function planRetention(
  head: Head,
  read: CommitReader,
  now: number,
  { keepDays, isInUse }: { keepDays: number; isInUse: (session: string) => boolean },
): Promise<RetentionPlan | null> {
  const tips = sessionTips(head)
  const [newest] = tips
  if (!newest) return null
  const taken = await findTakenIn(head, read)
  const timed: (SessionTip & { time: number })[] = []
  for (const one of tips) {
    const commit = taken.has(one.tip) ? await read(one.tip) : null
    if (commit?.save) timed.push({ ...one, time: commit.time * 1000 })
  }
  const limit = now - keepDays * DAY
  const dropped = [...Map.groupBy(timed, ({ time }) => Math.floor(time / DAY)).values()].flatMap((day) => {
    const last = day.reduce((a, b) =>
      b.time > a.time || (b.time === a.time && b.session > a.session) ? b : a,
    )
    return day.filter((one) => one !== last && one.time < limit && one.session !== newest.session)
  })
  const going = dropped.filter(({ session }) => !isInUse(session))
  if (going.length === 0) return null
  return { newest: newest.session, dropped: going, updates: await updatesFor(head, read, taken, going) }
}

/**
 * Who continued whom is told by the saves. Where the one that tells is let go, a ref stands in for it, or what is kept
 * would look as if nobody had taken it in.
 */
async function updatesFor(
  head: Head,
  read: CommitReader,
  taken: Set<string>,
  dropped: SessionTip[],
): Promise<RefUpdate[]> {
  const updates: RefUpdate[] = []
  const refs = { ...head.refs }
  for (const { session } of dropped)
    for (const ref of [SAVES_PREFIX + session, CONTINUED_PREFIX + session]) {
      const old = refs[ref]
      if (old !== undefined) updates.push({ ref, old, new: ZERO_OID })
      delete refs[ref]
    }
  const kept = sessionTips({ ...head, refs })
  const readable = new Set(kept.map(({ tip }) => tip))
  const readKept: CommitReader = async (oid) => (readable.has(oid) ? read(oid) : null)
  const still = await findTakenIn({ ...head, refs }, readKept)
  for (const { session, tip } of kept) {
    const ref = CONTINUED_PREFIX + session
    if (taken.has(tip) && !still.has(tip) && refs[ref] !== tip)
      updates.push({ ref, old: refs[ref] ?? ZERO_OID, new: tip })
  }
  return updates
}

/** False when a session that was to go has moved, or another one has begun. */
export async function carryOut(remotes: Remotes, id: string, plan: RetentionPlan): Promise<boolean> {
  const check = async ({ head }: HeadVersion): Promise<void> => {
    if (sessionTips(head)[0]?.session !== plan.newest) throw new ChangedError()
  }
  const publication = { updates: plan.updates, packs: [], by: 'retention', atomic: true }
  try {
    const { refused } = await remotes.repository(id).publish(publication, check)
    return [...refused.values()].every((reason) => reason === null)
  } catch (error) {
    if (error instanceof ChangedError) return false
    throw error
  }
}

class ChangedError extends Error {
  override name = 'ChangedError'
}
