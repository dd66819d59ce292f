import { describe, expect, it } from 'vitest'
import { byteQuantity, cpuQuantity, parseQuantity } from './quantity.ts'

describe('quantities', () => {
  it.each([
    [2, '2'],
    [0.5, '500m'],
    [1.1, '1100m'],
    [0.1 / 8, '13m'],
  ])('writes %d processors as %s', (cpu, written) => {
    expect(cpuQuantity(cpu)).toBe(written)
  })

  it.each([
    [2 * 2 ** 30, '2Gi'],
    [1536 * 2 ** 20, '1536Mi'],
    [1000, '1000'],
  ])('writes %d bytes as %s', (bytes, written) => {
    expect(byteQuantity(bytes)).toBe(written)
    expect(parseQuantity(written)).toBe(bytes)
  })

  it.each(['', '-1', '1 Gi', 'Gi', '1Gib', '1constructor', null, {}, Number.NaN])(
    'cannot read %j',
    (value) => {
      expect(parseQuantity(value)).toBeNull()
    },
  )
})
