import type { SavesStatus } from '@codenest/runner/protocol'
import { expect, it } from 'vitest'
import { createSaveLedger } from './save-ledger.ts'

const status = (pending: string[], ref = 'refs/codenest/saves/A'): SavesStatus => ({
  state: pending.length > 0 ? 'saving' : 'durable',
  pending,
  commit: null,
  ref,
  durableAt: null,
  problem: null,
  queue: { saves: 0, bytes: 0, limit: 1 },
  notKept: [],
})

it('holds a save until a status after its answer does not list it', () => {
  const ledger = createSaveLedger()
  ledger.sent('1', 'a.ts')
  ledger.accepted('1')
  expect(ledger.outstanding()).toBe(1)
  ledger.update(status(['1']))
  expect(ledger.outstanding()).toBe(1)
  ledger.update(status([]))
  expect(ledger.outstanding()).toBe(0)
})

it('does not take a status from before the runner had it as proof', () => {
  const ledger = createSaveLedger()
  ledger.sent('1', 'a.ts')
  ledger.update(status([]))
  expect(ledger.outstanding()).toBe(1)
})

it('believes a status that listed it, even when the answer comes last', () => {
  const ledger = createSaveLedger()
  ledger.sent('1', 'a.ts')
  ledger.update(status(['1']))
  ledger.update(status([]))
  ledger.accepted('1')
  expect(ledger.outstanding()).toBe(0)
})

it('drops a save whose answer was lost once a later one of the file is accepted', () => {
  const ledger = createSaveLedger()
  ledger.sent('1', 'a.ts')
  ledger.sent('2', 'a.ts')
  ledger.accepted('2')
  ledger.update(status([]))
  expect(ledger.outstanding()).toBe(0)
})

it('names the files whose saves may have died with an earlier session', () => {
  const ledger = createSaveLedger()
  ledger.update(status([]))
  ledger.sent('1', 'a.ts')
  ledger.accepted('1')
  expect(ledger.update(status([], 'refs/codenest/saves/B'))).toEqual(['a.ts'])
  expect(ledger.outstanding()).toBe(0)
})
