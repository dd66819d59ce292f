import { decodeTime } from 'ulid'
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

const SESSION = /^[0-9A-Za-z-]{1,64}$/

/** All sessions, newest first: their names are ULIDs, which sort by the time of the session's beginning. */
export function sessionTips(head: Head): SessionTip[] {
  return Object.entries(head.refs)
    .filter(([ref]) => ref.startsWith(SAVES_PREFIX) && SESSION.test(ref.slice(SAVES_PREFIX.length)))
    .map(([ref, tip]) => ({ session: ref.slice(SAVES_PREFIX.length), tip }))
    .sort((a, b) => (a.session < b.session ? 1 : -1))
}

/** Milliseconds since the epoch at which a session began; null when its name does not tell. */
export function beginOf(session: string): number | null {
  try {
    return decodeTime(session)
  } catch {
    return null
  }
}
