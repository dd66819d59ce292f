import { expect, test } from 'vitest'

import { parseRange } from './byte-range.ts'

test.each([
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-1000', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  ['bytes=100-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=20-10', null],
  ['bytes=0-1,5-6', null],
  ['lines=0-1', null],
  ['bytes=-', null],
  [undefined, null],
])('%s', (header, range) => {
  expect(parseRange(header, 100)).toEqual(range)
})

test('of an empty file there is nothing but all of it', () => {
  expect(parseRange('bytes=0-', 0)).toBe('none')
  expect(parseRange(undefined, 0)).toBe(null)
})
