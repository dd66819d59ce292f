import { expect, test } from 'vitest'

import { createFlowControl, PAUSE_ABOVE } from './flow-control.ts'

function setUp(): { calls: string[]; flow: ReturnType<typeof createFlowControl> } {
  const calls: string[] = []
  const pty = { pause: () => void calls.push('pause'), resume: () => void calls.push('resume') }
  return { calls, flow: createFlowControl(pty) }
}

test('the slowest viewer pauses the process, and its acknowledgements let it go on', () => {
  const { calls, flow } = setUp()
  flow.add('fast')
  flow.add('slow')
  flow.sent(PAUSE_ABOVE + 1)
  flow.acknowledged('fast', PAUSE_ABOVE + 1)
  expect(calls).toEqual(['pause'])
  flow.acknowledged('slow', PAUSE_ABOVE - 10_000)
  expect(calls).toEqual(['pause'])
  flow.acknowledged('slow', 8_000)
  expect(calls).toEqual(['pause', 'resume'])
})

test('nobody holds the process who is not there', () => {
  const { calls, flow } = setUp()
  flow.sent(10 * PAUSE_ABOVE)
  expect(calls).toEqual([])
  flow.add('viewer')
  flow.sent(2 * PAUSE_ABOVE)
  flow.remove('viewer')
  expect(calls).toEqual(['pause', 'resume'])
})
