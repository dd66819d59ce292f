import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { shortLines } from './short-lines.ts'

const linesOf = (chunks: (string | Buffer)[]): Promise<string[]> =>
  Array.fromAsync(shortLines(Readable.from(chunks, { objectMode: false })))

test('lines come whole, however they were cut', async () => {
  const wide = Buffer.from('ü\n')
  expect(await linesOf(['a', 'b\nc\n\nd', wide.subarray(0, 1), wide.subarray(1), 'end'])).toEqual([
    'ab',
    'c',
    '',
    'dü',
    'end',
  ])
})

test('what is longer than any line is left out', async () => {
  const long = 'x'.repeat(40_000)
  expect(await linesOf(['before\n', long, long, '\nafter\n', long, long])).toEqual(['before', 'after'])
})
