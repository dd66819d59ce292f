import { decodeTime, ulid } from 'ulid'
import type { Head } from '../git/head.ts'
import { SAVES_PREFIX } from '../git/ref-name.ts'

/** The newest save of a session, as a head has it. */
export interface SessionTip {
  session: string
  tip: string
}

/**
 * `refs/codenest/continued/<session>`: the save up to which a session is known to have been taken in, where the session
 * that did so was let go.
 */
export const CONTINUED_PREFIX = 'refs/codenest/continued/'

/** The last millisecond that a ULID can tell. */
const LAST = 2 ** 48 - 1
const SESSION = /^[0-9A-Za-z-]{1,64}$/

/** All sessions, newest first: their names are ULIDs, which sort by the time of the session's beginning. */
export function sessionTips(head: Head): SessionTip[] {
  return Object.entries(head.refs)
    .filter(([ref]) => ref.startsWith(SAVES_PREFIX) && SESSION.test(ref.slice(SAVES_PREFIX.length)))
    .map(([ref, tip]) => ({ session: ref.slice(SAVES_PREFIX.length), tip }))
    .sort((a, b) => (a.session < b.session ? 1 : -1))
}

/**
 * A name for a session that begins now and is newer than all there are, even if their clock was ahead, or the same
 * millisecond has seen another.
 */
export function nextSession(head: Head | null, now: number): string {
  const [newest] = head ? sessionTips(head) : []
  const after = newest ? (beginOf(newest.session) ?? 0) + 1 : 0
  return ulid(Math.min(Math.max(now, after), LAST))
}

/** Milliseconds since the epoch at which a session began; null when its name does not tell. */
export function beginOf(session: string): number | null {
  try {
    return decodeTime(session)
  } catch {
    return null
  }
}
