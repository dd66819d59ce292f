import { incrementBase32, ulid } from 'ulid'
import { SAVES_PREFIX } from '../git/ref-name.ts'

/**
 * Names a session so that it sorts behind every session that the repository has saves of: the newest save is found by
 * name, and a clock that was set back, or another replica's, must not put a new session before an old one.
 */
export function nextSession(refs: Record<string, string>, now = Date.now()): string {
  const sessions = Object.keys(refs).filter((name) => name.startsWith(SAVES_PREFIX))
  const newest = sessions.sort().at(-1)?.slice(SAVES_PREFIX.length) ?? ''
  const session = ulid(now)
  return session > newest ? session : incrementBase32(newest)
}
