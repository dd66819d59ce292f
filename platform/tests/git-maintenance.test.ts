import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../src/git/clock.ts'
import type { Clock } from '../src/git/clock.ts'
import { choosePacks, compact, MAX_PACKS } from '../src/git/compaction.ts'
import { fsck } from '../src/git/fsck.ts'
import { dropUnreachable, purgeRetired, sweep } from '../src/git/garbage.ts'
import { Maintenance } from '../src/git/maintenance.ts'
import { Remotes } from '../src/git/remotes.ts'
import { repair } from '../src/git/repair.ts'
import { pushFile } from './support/direct-push.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const MAIN = 'refs/heads/main'

interface World extends AsyncDisposable {
  store: MemoryObjectStore
  remotes: Remotes
  /** Lets time pass, in milliseconds. */
  pass(milliseconds: number): void
  packs(id: string): Promise<number>
  /** A view of the newest version, for stock git. */
  view<T>(id: string, work: (gitDir: string) => Promise<T>): Promise<T>
  /** Another process over the same store, with nothing cached. */
  reopen(): Promise<void>
}

async function createWorld(): Promise<World> {
  const folder = await temporaryFolder()
  let now = Date.now()
  const clock: Clock = { now: () => now, delay: async () => {} }
  const store = new MemoryObjectStore(() => now)
  let count = 0
  const open = (): Promise<Remotes> => Remotes.open(store, join(folder.path, `cache-${(count += 1)}`), clock)
  const world: World = {
    store,
    remotes: await open(),
    pass: (milliseconds) => void (now += milliseconds),
    packs: async (id) => (await world.remotes.repository(id).head())!.head.packs.length,
    async view(id, work) {
      const version = await world.remotes.repository(id).head()
      return world.remotes.views.use(id, version!, work)
    },
    async reopen() {
      await world.remotes[Symbol.asyncDispose]()
      world.remotes = await open()
    },
    async [Symbol.asyncDispose]() {
      await world.remotes[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
  await world.remotes.create('r', { head: MAIN, refs: {}, pack: null, by: 'test' })
  return world
}

/** Counts what is asked of a store from now on, by kind. */
function countRequests(store: MemoryObjectStore): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of [
    'get',
    'getIfChanged',
    'download',
    'putIfAbsent',
    'putIfMatch',
    'delete',
    'list',
  ] as const) {
    const work = store[name].bind(store) as (...args: unknown[]) => unknown
    Object.defineProperty(store, name, {
      value: (...args: unknown[]) => {
        counts[name] = (counts[name] ?? 0) + 1
        return work(...args)
      },
    })
  }
  return counts
}

const packKeys = (store: MemoryObjectStore): string[] =>
  [...store.objects.keys()].filter((key) => key.endsWith('.pack'))

describe('compaction', () => {
  it('joins packs, keeps every object, and is not put off by pushes', async () => {
    await using world = await createWorld()
    const { remotes } = world
    for (let n = 0; n <= MAX_PACKS; n += 1) await pushFile(remotes, 'r', MAIN, `f${n % 5}.txt`, `${n}`)
    expect(await world.packs('r')).toBe(MAX_PACKS + 1)
    const before = await world.view('r', (view) => stockGit(view, 'rev-list', '--objects', '--all'))
    const [compacted] = await Promise.all([
      compact(remotes, 'r'),
      pushFile(remotes, 'r', 'refs/heads/other', 'x', 'y'),
    ])
    expect(compacted).toBe(true)
    expect(await world.packs('r')).toBeLessThan(MAX_PACKS)
    const after = await world.view('r', (view) => stockGit(view, 'rev-list', '--objects', '--all'))
    expect(after.split('\n')).toEqual(expect.arrayContaining(before.split('\n')))
    expect(await fsck(remotes, 'r')).toEqual([])
    expect(await compact(remotes, 'r')).toBe(false)
  })

  it('rewrites large packs rarely', () => {
    const pack = (size: number): Parameters<typeof choosePacks>[0][number] => ({
      key: `${size}`,
      size,
      objects: 1,
      addedAt: 0,
    })
    const chosen = choosePacks([pack(1_000_000_000), ...Array.from({ length: 40 }, (_, n) => pack(1000 + n))])
    expect(chosen).toHaveLength(40)
    expect(chosen.every(({ size }) => size < 2000)).toBe(true)
  })
})

it('many pushes at once share a few swaps, and none is lost', async () => {
  await using world = await createWorld()
  const { remotes, store } = world
  const requests = countRequests(store)
  const refs = Array.from({ length: 24 }, (_, n) => `refs/heads/b${n}`)
  const commits = await Promise.all(refs.map((ref) => pushFile(remotes, 'r', ref, 'f.txt', ref)))
  expect((await remotes.repository('r').head())!.head.refs).toEqual(
    Object.fromEntries(refs.map((ref, n) => [ref, commits[n]])),
  )
  expect(requests['putIfMatch']).toBeLessThan(refs.length / 2)
})

it('keeps itself small at rest, whatever is pushed', async () => {
  await using world = await createWorld()
  await using maintenance = new Maintenance(world.remotes, pino({ level: 'silent' }))
  for (let n = 0; n < 100; n += 1) await pushFile(world.remotes, 'r', MAIN, 'f.txt', `${n}`)
  await maintenance.idle()
  expect(await world.packs('r')).toBeLessThan(64)
  world.pass(30 * HOUR)
  await maintenance.runOnce()
  expect(packKeys(world.store)).toHaveLength(await world.packs('r'))
  await world.reopen()
  expect(await fsck(world.remotes, 'r')).toEqual([])
})

describe('forks', () => {
  it('copy no objects, and cost the same few requests whatever the size', async () => {
    await using world = await createWorld()
    const { remotes, store } = world
    for (let n = 0; n < 20; n += 1) await pushFile(remotes, 'r', MAIN, `f${n}.txt`, 'x'.repeat(50_000))
    const main = (await remotes.repository('r').head())!.head.refs[MAIN]!
    const packs = packKeys(store)
    await world.reopen()
    const requests = countRequests(store)
    expect(
      await world.remotes.create('fork', {
        head: MAIN,
        refs: { [MAIN]: main },
        pack: null,
        by: 'test',
        parent: 'r',
      }),
    ).toBe(true)
    expect(packKeys(store)).toEqual(packs)
    // Is the name free; the parent's family; enter it; the parent again; the new head.
    expect(requests).toEqual({ get: 3, getIfChanged: 1, putIfMatch: 1, putIfAbsent: 1 })
    expect(await world.view('fork', (view) => stockGit(view, 'rev-list', '--count', 'main'))).toBe('20')
    await pushFile(world.remotes, 'fork', MAIN, 'own.txt', 'mine')
    expect((await world.remotes.repository('r').head())!.head.refs[MAIN]).toBe(main)
    expect(await fsck(world.remotes, 'fork')).toEqual([])
  })

  it('keep what they list when their parent compacts, is deleted and purged', async () => {
    await using world = await createWorld()
    const { remotes } = world
    for (let n = 0; n <= MAX_PACKS; n += 1) await pushFile(remotes, 'r', MAIN, 'f.txt', `${n}`)
    const main = (await remotes.repository('r').head())!.head.refs[MAIN]!
    await remotes.create('fork', { head: MAIN, refs: { [MAIN]: main }, pack: null, by: 'test', parent: 'r' })
    await compact(remotes, 'r')
    await remotes.retire('r', true)
    world.pass(8 * DAY)
    expect(await purgeRetired(remotes, 'r')).toBe(true)
    await sweep(remotes, false)
    await world.reopen()
    expect(await world.remotes.repository('r').head()).toBeNull()
    expect(await fsck(world.remotes, 'fork')).toEqual([])
    await world.remotes.retire('fork', true)
    world.pass(8 * DAY)
    await purgeRetired(world.remotes, 'fork')
    await sweep(world.remotes, false)
    expect(packKeys(world.store)).toEqual([])
  })
})

describe('garbage collection', () => {
  it('deletes superseded packs and orphans after a day, and tells before it does', async () => {
    await using world = await createWorld()
    const { remotes, store } = world
    for (let n = 0; n <= MAX_PACKS; n += 1) await pushFile(remotes, 'r', MAIN, 'f.txt', `${n}`)
    await compact(remotes, 'r')
    const { family } = (await remotes.repository('r').head())!.head
    await store.putIfAbsent(
      `f/${family}/packs/01ARZ3NDEKTSV4RRFFQ69G5FAV-${'0'.repeat(40)}.pack`,
      Buffer.from('orphan'),
    )
    expect((await sweep(remotes, false)).keys).toEqual([])
    world.pass(25 * HOUR)
    const would = await sweep(remotes, true)
    const listed = packKeys(store).length
    expect(would.keys.length).toBeGreaterThan(MAX_PACKS)
    expect(packKeys(store)).toHaveLength(listed)
    expect((await sweep(remotes, false)).keys.sort()).toEqual(would.keys.sort())
    expect(packKeys(store)).toHaveLength(await world.packs('r'))
    await world.reopen()
    expect(await fsck(world.remotes, 'r')).toEqual([])
  })

  it('keeps what no ref reaches for a week, then drops it, but nothing that something younger needs', async () => {
    await using world = await createWorld()
    const { remotes } = world
    await pushFile(remotes, 'r', MAIN, 'kept.txt', 'kept')
    const lost = (await pushFile(remotes, 'r', 'refs/heads/gone', 'lost.txt', 'lost'))!
    // The reflog remembers 200 moves; these push the branch out of it.
    await remotes.repository('r').edit(async ({ head }) => {
      const { 'refs/heads/gone': _gone, ...refs } = head.refs
      return { ...head, refs, reflog: [] }
    })
    const has = async (oid: string): Promise<boolean> => {
      const repository = world.remotes.repository('r')
      return repository.objects((await repository.head())!).has(oid)
    }
    world.pass(6 * DAY)
    expect(await dropUnreachable(remotes, 'r')).toBe(false)
    expect(await has(lost)).toBe(true)
    world.pass(2 * DAY)
    expect(await dropUnreachable(remotes, 'r')).toBe(true)
    expect(await has(lost)).toBe(false)
    expect(await dropUnreachable(remotes, 'r')).toBe(false)
    expect(await fsck(remotes, 'r')).toEqual([])
  })

  it('keeps a stalled publisher from listing what was deleted', async () => {
    await using world = await createWorld()
    const { remotes, store } = world
    await pushFile(remotes, 'r', MAIN, 'f.txt', 'one')
    const stalled = (await remotes.repository('r').head())!
    const { family } = stalled.head
    await store.putIfAbsent(
      `f/${family}/packs/01ARZ3NDEKTSV4RRFFQ69G5FAV-${'0'.repeat(40)}.pack`,
      Buffer.from('uploaded, not listed'),
    )
    world.pass(2 * DAY)
    await sweep(remotes, false)
    const late = await store.putIfMatch('r/r/head.json', Buffer.from('{}'), stalled.etag)
    expect(late.outcome).toBe('refused')
  })

  it('leaves a family alone while a fork of it is being made, and a fork that slept for a day is not made', async () => {
    await using world = await createWorld()
    const { remotes, store } = world
    await pushFile(remotes, 'r', MAIN, 'f.txt', 'one')
    const { family } = (await remotes.repository('r').head())!.head
    const orphan = `f/${family}/packs/01ARZ3NDEKTSV4RRFFQ69G5FAV-${'0'.repeat(40)}.pack`
    await store.putIfAbsent(orphan, Buffer.from('x'))
    world.pass(2 * DAY)
    const { joinFamily } = await import('../src/git/family.ts')
    await joinFamily(store, family, 'sleeping', new Date(remotes.clock.now()))
    expect((await sweep(remotes, false)).keys).toEqual([])
    world.pass(2 * DAY)
    expect((await sweep(remotes, false)).keys).toEqual([orphan])
    expect(
      await remotes.create('sleeping', { head: MAIN, refs: {}, pack: null, by: 'test', parent: 'r' }),
    ).toBe(false)
  })
})

describe('fsck and repair', () => {
  it('finds nothing in a whole repository', async () => {
    await using world = await createWorld()
    await pushFile(world.remotes, 'r', MAIN, 'f.txt', 'one')
    expect(await fsck(world.remotes, 'r')).toEqual([])
    expect(await repair(world.remotes, 'r', false)).toEqual([])
    expect((await fsck(world.remotes, 'nobody'))[0]?.text).toMatch(/no repository/)
  })

  it('makes a lost index anew', async () => {
    await using world = await createWorld()
    await pushFile(world.remotes, 'r', MAIN, 'f.txt', 'one')
    const index = [...world.store.objects.keys()].find((key) => key.endsWith('.idx'))!
    world.store.objects.delete(index)
    await world.reopen()
    expect((await fsck(world.remotes, 'r')).map(({ kind }) => kind)).toEqual(['missing-index'])
    expect((await repair(world.remotes, 'r', true))[0]?.text).toMatch(/index of pack .* anew/)
    expect(world.store.objects.has(index)).toBe(false)
    await repair(world.remotes, 'r', false)
    expect(await fsck(world.remotes, 'r')).toEqual([])
  })

  it('goes back to the last whole value when a pack is lost or damaged', async () => {
    await using world = await createWorld()
    const { remotes, store } = world
    const first = await pushFile(remotes, 'r', MAIN, 'f.txt', 'one')
    await pushFile(remotes, 'r', MAIN, 'f.txt', 'two')
    await pushFile(remotes, 'r', 'refs/heads/other', 'g.txt', 'only there')
    const [, second, third] = (await remotes.repository('r').head())!.head.packs
    store.objects.delete(`${second!.key}.pack`)
    const damaged = store.objects.get(`${third!.key}.pack`)!
    damaged.body = Buffer.from(damaged.body).fill(7, 20, 24)
    await world.reopen()
    expect((await fsck(world.remotes, 'r')).map(({ kind }) => kind).sort()).toEqual([
      'damaged-pack',
      'missing-pack',
    ])
    const before = JSON.stringify((await world.remotes.repository('r').head())!.head)
    const planned = (await repair(world.remotes, 'r', true)).map(({ text }) => text).join('\n')
    expect(planned).toMatch(new RegExp(`Move ${MAIN} back from .* to ${first}`))
    expect(planned).toMatch(/Remove refs\/heads\/other/)
    expect(JSON.stringify((await world.remotes.repository('r').head())!.head)).toBe(before)
    await repair(world.remotes, 'r', false)
    await world.reopen()
    expect(await fsck(world.remotes, 'r')).toEqual([])
    expect((await world.remotes.repository('r').head())!.head.refs).toEqual({ [MAIN]: first })
  })

  it('enters a repository that its family forgot', async () => {
    await using world = await createWorld()
    await pushFile(world.remotes, 'r', MAIN, 'f.txt', 'one')
    const { family } = (await world.remotes.repository('r').head())!.head
    const { leaveFamily } = await import('../src/git/family.ts')
    await leaveFamily(world.store, family, 'r')
    expect((await fsck(world.remotes, 'r')).map(({ kind }) => kind)).toEqual(['missing-member'])
    await repair(world.remotes, 'r', false)
    expect(await fsck(world.remotes, 'r')).toEqual([])
  })
})
