import { incrementBase32, ulid } from 'ulid'
import { SAVES_PREFIX } from '../git/ref-name.ts'

/**
 * Names a session so that it sorts behind every session that the repository has saves of: the newest save is found by
 * name, and a clock that was set back, or another replica's, must not put a new session before an old one. `last` is
 * one that may have saves on their way.
 */
export function nextSession(refs: Record<string, string>, now = Date.now(), last = ''): string {
  const known = Object.keys(refs).filter((name) => name.startsWith(SAVES_PREFIX))
  const sessions = [last, ...known.map((name) => name.slice(SAVES_PREFIX.length))]
  const newest = sessions.sort().at(-1) ?? ''
  const session = ulid(now)
  return session > newest ? session : incrementBase32(newest)
}
