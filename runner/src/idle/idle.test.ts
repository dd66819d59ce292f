import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { Idle } from './idle.ts'
import type { IdleSettings } from './protocol.ts'

const MINUTE = 60_000
const SETTINGS: IdleSettings = { stopAfter: 30, closedAfter: 10, keepUntil: null }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp(settings: Partial<IdleSettings> = {}) {
  const world = { pages: 1, job: null as string | null, isDurable: true, stops: 0, told: 0, fails: false }
  const idle = new Idle({
    settings: { ...SETTINGS, ...settings },
    pages: () => world.pages,
    busyJob: () => Promise.resolve(world.job),
    isDurable: () => world.isDurable,
    onChange: () => (world.told += 1),
    stop: () => {
      world.stops += 1
      return world.fails ? Promise.reject(new Error('no platform')) : Promise.resolve()
    },
    onError: () => undefined,
  })
  idle.start()
  const pass = (minutes: number): Promise<unknown> => vi.advanceTimersByTimeAsync(minutes * MINUTE)
  return { idle, world, pass }
}

test('a workspace with an open page stops half an hour after the last key', async () => {
  const { idle, world, pass } = setUp()
  await pass(20)
  idle.note('keys')
  const { last, stopsAt, keptBy } = idle.status
  expect(keptBy).toEqual([])
  expect(last).toEqual({ activity: 'keys', at: Date.now() })
  expect(stopsAt).toBe(Date.now() + 30 * MINUTE)
  await pass(29.9)
  expect(world.stops).toBe(0)
  await pass(0.2)
  expect(world.stops).toBe(1)
})

test('it stops sooner when the last page is closed', async () => {
  const { idle, world, pass } = setUp()
  idle.focus('page', true)
  await pass(60)
  expect(idle.status).toMatchObject({ keptBy: ['page'], stopsAt: null })
  world.pages = 0
  idle.leave('page')
  expect(idle.status.stopsAt).toBe(Date.now() + 10 * MINUTE)
  await pass(9.9)
  expect(world.stops).toBe(0)
  await pass(0.2)
  expect(world.stops).toBe(1)
})

test('a page that is not looked at does not keep it', async () => {
  const { idle, world, pass } = setUp()
  idle.focus('page', true)
  idle.focus('page', false)
  await pass(30.1)
  expect(world.stops).toBe(1)
})

test('a busy program and requests to a preview keep it', async () => {
  const { idle, world, pass } = setUp()
  world.job = 'make'
  await pass(120)
  expect(idle.status).toMatchObject({ keptBy: ['job'], job: 'make', last: { activity: 'job' } })
  world.job = null
  await pass(20)
  idle.note('preview')
  await pass(29.9)
  expect(world.stops).toBe(0)
  await pass(0.2)
  expect(world.stops).toBe(1)
})

test('it runs until the time that was asked for, or for ever', async () => {
  const { idle, world, pass } = setUp({ keepUntil: Date.now() + 120 * MINUTE })
  const until = Date.now() + 120 * MINUTE
  await pass(119.9)
  expect(idle.status).toMatchObject({ keptBy: ['until'], stopsAt: until })
  expect(world.stops).toBe(0)
  await pass(0.2)
  expect(world.stops).toBe(1)
  idle.configure({ ...SETTINGS, stopAfter: null })
  await pass(10_000)
  expect(idle.status.keptBy).toEqual(['never'])
  expect(world.stops).toBe(1)
})

test('it does not stop while a save is not durable, and asks again when nobody heard', async () => {
  const { idle, world, pass } = setUp()
  world.isDurable = false
  await pass(60)
  expect(idle.status.keptBy).toEqual(['saves'])
  expect(world.stops).toBe(0)
  world.isDurable = true
  world.fails = true
  await pass(2)
  expect(world.stops).toBeGreaterThan(0)
  world.fails = false
  const before = world.stops
  await pass(1.1)
  expect(world.stops).toBe(before + 1)
})

test('a key that is pressed after the warning is told at once, others with the next look', async () => {
  const { idle, world, pass } = setUp()
  await pass(1)
  const before = world.told
  idle.note('keys')
  expect(world.told).toBe(before)
  await pass(28.5)
  const warned = world.told
  idle.note('keys')
  expect(world.told).toBe(warned + 1)
  expect(idle.status.stopsAt).toBe(Date.now() + 30 * MINUTE)
})
