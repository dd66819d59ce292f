import { expect, test } from 'vitest'

import { OutputRing } from './output-ring.ts'

test('what came after an offset is replayed exactly, as long as it is kept', () => {
  const ring = new OutputRing(8)
  ring.append('abcd')
  ring.append('efgh')
  expect(ring.replay()).toEqual({ reset: true, data: 'abcdefgh', offset: 8 })
  expect(ring.replay(5)).toEqual({ reset: false, data: 'fgh', offset: 8 })
  expect(ring.replay(8)).toEqual({ reset: false, data: '', offset: 8 })
  expect(ring.replay(9)).toMatchObject({ reset: true })
  ring.append('ij'.repeat(5))
  expect(ring.replay(9)).toEqual({ reset: true, data: 'ijijijij', offset: 18 })
  expect(ring.replay(10)).toEqual({ reset: false, data: 'ijijijij', offset: 18 })
})

test('a surrogate pair is never split', () => {
  const ring = new OutputRing(3)
  ring.append('😀😀')
  expect(ring.replay().data).toBe('😀')
  expect(ring.replay(3)).toEqual({ reset: true, data: '😀', offset: 4 })
})
