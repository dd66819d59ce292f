import { expect, it } from 'vitest'
import { describeExit, formatDuration } from './describe-exit.ts'

it('says what an exit code means', () => {
  expect(describeExit(0, null)).toBe('It ended well, with code 0.')
  expect(describeExit(3, null)).toBe('It ended with code 3.')
  expect(describeExit(127, null)).toBe('It ended with code 127: a command that was not found.')
  expect(describeExit(130, null)).toBe('It was ended by signal 2: interrupted with Ctrl+C.')
  expect(describeExit(0, 9)).toBe('It was ended by signal 9: killed, by somebody or because memory ran out.')
  expect(describeExit(255, null)).toBe('It ended with code 255.')
})

it.each([
  [432, '0.4 s'],
  [12_345, '12 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%i ms take %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})
