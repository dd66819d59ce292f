import { AppError } from '../errors.ts'
import { isOid } from '../git/object-id.ts'
import type { Pending } from './walk.ts'

/** Where a page of the timeline ended. */
export interface Cursor {
  /** Seconds since the epoch of the last entry. */
  time: number
  /** What comes next on each line that was begun; times are not kept, they are read again. */
  pending: { oid: string; session: string | null }[]
  /** Sessions whose newest save is older than `time`, and that are not in `pending`, are yet to come. */
  rest: boolean
}

/** Characters; more would not pass as a part of a URL everywhere. */
const MAX_CURSOR = 8000
/** Sessions to come that are named; those beyond are found again by their times. */
const NAMED_SESSIONS = 40
const SESSION = /^[0-9A-Za-z-]{1,64}$/

/**
 * A page begins where the one before ended and not at the beginning, so the cursor holds what is next on every line.
 * `isTip` tells saves that no line has come to yet. More lines than fit are cut off at the oldest.
 */
export function writeCursor(
  time: number,
  pending: Pending[],
  isTip: (one: Pending) => boolean,
): string | null {
  if (pending.length === 0) return null
  const waiting = pending.filter(isTip)
  const unnamed = new Set(waiting.slice(NAMED_SESSIONS).filter((one) => one.time < time))
  const parts = pending.filter((one) => !unnamed.has(one)).map(encode)
  let text = `${time.toString(36)}.${unnamed.size > 0 ? 1 : 0}.${parts.join('~')}`
  if (text.length > MAX_CURSOR) text = text.slice(0, text.lastIndexOf('~', MAX_CURSOR))
  return text
}

/** Throws an `AppError` when it is none. */
export function readCursor(text: string): Cursor {
  const [time = '', rest = '', listed = '', ...more] = text.split('.')
  const pending = listed === '' ? [] : listed.split('~').map(decode)
  const seconds = Number.parseInt(time, 36)
  if (more.length > 0 || !/^[0-9a-z]{1,9}$/.test(time) || !/^[01]$/.test(rest)) throw invalid()
  return { time: seconds, pending, rest: rest === '1' }
}

function encode({ oid, session }: Pending): string {
  return Buffer.from(oid, 'hex').toString('base64url') + (session ?? '')
}

function decode(text: string): { oid: string; session: string | null } {
  const oid = Buffer.from(text.slice(0, 27), 'base64url').toString('hex')
  const session = text.slice(27)
  if (!isOid(oid) || (session !== '' && !SESSION.test(session))) throw invalid()
  return { oid, session: session === '' ? null : session }
}

function invalid(): AppError {
  return new AppError(400, 'invalid_cursor', 'This place in the history is not one. Reload the history.')
}
