import { expect, test } from 'vitest'

import { OutputRing } from './output-ring.ts'

const SIZE = { cols: 80, rows: 24 }

test('what came after an offset is replayed exactly, as long as it is kept', () => {
  const ring = new OutputRing(8, 80, 24)
  ring.append('abcd')
  ring.append('efgh')
  expect(ring.holdsAllAfter(0)).toBe(true)
  expect(ring.since(0)).toEqual([{ ...SIZE, data: 'abcdefgh' }])
  expect(ring.since(5)).toEqual([{ ...SIZE, data: 'fgh' }])
  expect(ring.since(8)).toEqual([{ ...SIZE, data: '' }])
  expect(ring.since(9)).toBeNull()
  expect(ring.holdsAllAfter(1)).toBe(false)
  ring.append('ij'.repeat(5))
  expect(ring.since(9)).toBeNull()
  expect(ring.since(10)).toEqual([{ ...SIZE, data: 'ijijijij' }])
})

test('a surrogate pair is never split', () => {
  const ring = new OutputRing(3, 80, 24)
  ring.append('😀😀')
  expect(ring.since(1)).toBeNull()
  expect(ring.since(2)).toEqual([{ ...SIZE, data: '😀' }])
  expect(ring.since(3)).toBeNull()
})

test('output goes with the size that the terminal had', () => {
  const ring = new OutputRing(8, 80, 24)
  ring.append('abc')
  ring.resize(90, 24)
  ring.resize(100, 30)
  ring.append('def')
  ring.resize(70, 20)
  const [first, second, last] = [
    { cols: 80, rows: 24, data: 'abc' },
    { cols: 100, rows: 30, data: 'def' },
    { cols: 70, rows: 20, data: '' },
  ]
  expect(ring.since(0)).toEqual([first, second, last])
  expect(ring.since(4)).toEqual([{ ...second, data: 'ef' }, last])
  expect(ring.since(6)).toEqual([last])
  ring.append('g'.repeat(14))
  expect(ring.since(12)).toEqual([{ ...last, data: 'g'.repeat(8) }])
})
