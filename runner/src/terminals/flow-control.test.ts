import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { createFlowControl, PATIENCE_MS, PAUSE_ABOVE, RESUME_BELOW } from './flow-control.ts'

let calls: string[]
let flow: ReturnType<typeof createFlowControl>
beforeEach(() => {
  vi.useFakeTimers()
  calls = []
  flow = createFlowControl({
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    onStale: (viewer) => void calls.push(`stale ${viewer}`),
    onCaughtUp: (viewer) => void calls.push(`caught up ${viewer}`),
  })
})
afterEach(() => vi.useRealTimers())

test('the slowest viewer pauses the process, and its acknowledgements let it go on', () => {
  flow.add('fast')
  flow.add('slow')
  flow.sent('fast', PAUSE_ABOVE + 1)
  flow.sent('slow', PAUSE_ABOVE + 1)
  flow.acknowledged('fast', PAUSE_ABOVE + 1)
  expect(calls).toEqual(['pause'])
  flow.acknowledged('slow', PAUSE_ABOVE - RESUME_BELOW)
  expect(calls).toEqual(['pause'])
  flow.acknowledged('slow', 2)
  expect(calls).toEqual(['pause', 'resume'])
  vi.advanceTimersByTime(10 * PATIENCE_MS)
  expect(calls).toEqual(['pause', 'resume'])
})

test('nobody holds the process who is not there', () => {
  flow.add('viewer')
  flow.sent('viewer', 2 * PAUSE_ABOVE)
  flow.remove('viewer')
  expect(calls).toEqual(['pause', 'resume'])
})

test('who holds it for too long is left out, until it has caught up', () => {
  flow.add('fast')
  flow.add('slow')
  flow.sent('slow', PAUSE_ABOVE + 1)
  vi.advanceTimersByTime(PATIENCE_MS)
  expect(calls).toEqual(['pause', 'stale slow', 'resume'])
  flow.sent('fast', 1)
  flow.acknowledged('slow', 1)
  expect(calls).toHaveLength(3)
  flow.acknowledged('slow', PAUSE_ABOVE - RESUME_BELOW + 1)
  expect(calls.slice(3)).toEqual(['caught up slow'])
  flow.sent('slow', PAUSE_ABOVE)
  expect(calls.slice(4)).toEqual(['pause'])
})
