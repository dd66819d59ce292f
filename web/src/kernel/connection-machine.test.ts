import { expect, it } from 'vitest'
import { nextState, retryDelay, type ConnectionEvent, type ConnectionState } from './connection-machine.ts'

const after = (...events: ConnectionEvent[]) => events.reduce(nextState, { phase: 'off' } as ConnectionState)

it('connects, loses the connection and connects again', () => {
  expect(after('enable')).toEqual({ phase: 'connecting', attempt: 0 })
  expect(after('enable', 'opened')).toEqual({ phase: 'connected' })
  expect(after('enable', 'opened', 'lost')).toEqual({ phase: 'waiting', attempt: 0 })
  expect(after('enable', 'opened', 'lost', 'retry', 'opened')).toEqual({ phase: 'connected' })
})

it('counts failures in a row, and forgets them once connected', () => {
  const failed = after('enable', 'lost', 'retry', 'lost')
  expect(failed).toEqual({ phase: 'waiting', attempt: 2 })
  expect(
    ['retry', 'opened', 'lost'].reduce((state, event) => nextState(state, event as ConnectionEvent), failed),
  ).toEqual({
    phase: 'waiting',
    attempt: 0,
  })
})

it('ignores what cannot happen in a state', () => {
  const connected = after('enable', 'opened')
  for (const event of ['enable', 'opened', 'retry'] as const)
    expect(nextState(connected, event)).toBe(connected)
  const off = after('retry')
  expect(nextState(off, 'disable')).toBe(off)
  expect(off).toEqual({ phase: 'off' })
  expect(after('enable', 'disable', 'lost')).toEqual({ phase: 'off' })
})

it('waits longer after each failure, up to three seconds, and never all at once', () => {
  expect([0, 1, 2, 3].map((attempt) => retryDelay(attempt, 0))).toEqual([75, 150, 300, 600])
  expect(retryDelay(30, 0.999)).toBeLessThanOrEqual(3_000)
  expect(retryDelay(30, 0)).toBe(1_500)
})
