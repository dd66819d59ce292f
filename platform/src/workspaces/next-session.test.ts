import { expect, it } from 'vitest'
import { SAVES_PREFIX } from '../git/ref-name.ts'
import { nextSession } from './next-session.ts'

const COMMIT = '1'.repeat(40)

it('names sessions in the order in which they start, though the clock is set back', () => {
  const refs: Record<string, string> = { 'refs/heads/main': COMMIT }
  const now = Date.UTC(2026, 10, 24)
  const sessions = [now, now, now - 86_400_000, now - 1, now + 1].map((time) => {
    const session = nextSession(refs, time)
    refs[`${SAVES_PREFIX}${session}`] = COMMIT
    return session
  })
  expect(sessions.toSorted()).toEqual(sessions)
  const unseen = nextSession({}, now + 5000)
  expect(nextSession(refs, now, unseen) > unseen).toBe(true)
  expect(new Set(sessions).size).toBe(sessions.length)
  for (const session of sessions) expect(session).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
})
