import { expect, it } from 'vitest'
import { formatBytes } from './bytes.ts'

it('says sizes as a person reads them', () => {
  const sizes = [0, 1, 820, 1024, 1434, 10 * 1024, 140 * 1024 ** 2, 2.5 * 1024 ** 3]
  expect(sizes.map(formatBytes)).toEqual([
    '0 bytes',
    '1 byte',
    '820 bytes',
    '1 kB',
    '1.4 kB',
    '10 kB',
    '140 MB',
    '2.5 GB',
  ])
})
