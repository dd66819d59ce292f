import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { debounce } from './debounce.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('it runs once it is quiet, and not later than the limit', () => {
  const run = vi.fn<() => void>()
  const { schedule, cancel } = debounce(run, 500, 3_000)
  schedule()
  vi.advanceTimersByTime(499)
  expect(run).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(run).toHaveBeenCalledOnce()
  for (let elapsed = 0; elapsed < 3_000; elapsed += 250) {
    schedule()
    vi.advanceTimersByTime(250)
  }
  expect(run).toHaveBeenCalledTimes(2)
  schedule()
  cancel()
  vi.advanceTimersByTime(5_000)
  expect(run).toHaveBeenCalledTimes(2)
})
