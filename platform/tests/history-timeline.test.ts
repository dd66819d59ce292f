import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listSessions, SaveCounts } from '../src/history/sessions.ts'
import { readTimeline } from '../src/history/timeline.ts'
import type { HistoryEntry, SaveSessions } from '../src/protocol.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'
import { SavedRepository } from './support/saved-repository.ts'
import { stockGit } from './support/shell.ts'

const signal = AbortSignal.timeout(600_000)
const NOON = Date.UTC(2026, 4, 1, 12) / 1000

let server: GitServer
beforeAll(async () => {
  server = await startGitServer()
})
afterAll(async () => server?.[Symbol.asyncDispose]())

let made = 0
const repository = (): Promise<SavedRepository> => SavedRepository.create(server.remotes, `r${(made += 1)}`)

/** All pages of a timeline, one after the other. */
async function readAll(of: SavedRepository, limit: number, path?: string): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = []
  let cursor: string | undefined
  do {
    const page = await readTimeline(await of.source(), { limit, path, cursor }, signal)
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    entries.push(...page.entries)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return entries
}

const sessionsOf = async (of: SavedRepository): Promise<SaveSessions> =>
  listSessions(of.id, await of.source(), new SaveCounts(), signal)

describe('the timeline', () => {
  it('interleaves saves and commits of several sessions, newest first, whatever the size of a page', async () => {
    const saved = await repository()
    const expected: string[] = []
    saved.commit({ a: '0' }, NOON)
    expected.push(saved.head!)
    let time = NOON
    let previous: string | null = null
    for (let n = 0; n < 7; n += 1) {
      const session = saved.begin((time += 10), previous)
      for (let k = 0; k < 5; k += 1) {
        expected.push(saved.save(session, { a: `${n}.${k}`, [`s${n}`]: 'x' }, (time += 10)))
        if (k === 2) expected.push(saved.commit({ a: `${n}.${k}` }, (time += 10)))
      }
      previous = saved.tip(session)
    }
    await saved.publish()
    expected.reverse()
    for (const limit of [1, 3, 50, 100])
      expect((await readAll(saved, limit)).map(({ id }) => id)).toEqual(expected)
    const [first] = await readAll(saved, 100)
    expect(first).toMatchObject({
      kind: 'save',
      files: 1,
      more: false,
      paths: ['a'],
      bytes: 3,
      author: 'Ada',
    })
    // The first save of a session is compared with the session that it continued.
    const begun = (await readAll(saved, 100)).filter(({ paths }) => paths.includes('s3'))
    expect(begun).toHaveLength(2)
    expect(begun[1]).toMatchObject({ files: 3, paths: ['a', 's2', 's3'], kind: 'save' })
  })

  it('of one file has what changed it, says sizes and where it is gone; stock git finds the same commits', async () => {
    const saved = await repository()
    const path = 'src/deep/file.txt'
    const changed: string[] = []
    let time = NOON
    for (let n = 0; n < 60; n += 1) {
      const here: Record<string, string> = n % 10 < 7 ? { [path]: 'x'.repeat(1 + Math.floor(n / 3)) } : {}
      saved.commit({ ...here, 'src/other.txt': `${n}`, [`n${n}`]: '' }, (time += 60), { message: `c${n}` })
    }
    await saved.publish()
    const log = await saved.view((view) =>
      stockGit(view, 'log', '--format=%H', 'refs/heads/main', '--', path),
    )
    changed.push(...log.split('\n'))
    const found = await readAll(saved, 7, path)
    expect(found.map(({ id }) => id)).toEqual(changed)
    expect(found.length).toBeGreaterThan(20)
    const gone = found.filter(({ file }) => file === null)
    expect(gone).toHaveLength(6)
    const there = found.filter(({ file }) => file !== null)
    for (const { id, file } of there) {
      const size = await saved.view((view) => stockGit(view, 'cat-file', '-s', `${id}:${path}`))
      expect(file).toMatchObject({ size: Number(size), mode: '100644' })
    }
    expect((await readAll(saved, 50, 'src')).length).toBe(60)
    expect(await readAll(saved, 50, 'no/such')).toEqual([])
  })

  it('of one file has saves and commits, and a merge only when it is different from both sides', async () => {
    const saved = await repository()
    const base = saved.commit({ f: '1', g: '1' }, NOON)
    const side = saved.commit({ f: '2', g: '1' }, NOON + 1, { branch: 'refs/heads/side' })
    const main = saved.commit({ f: '1', g: '2' }, NOON + 2)
    const merge = saved.commit({ f: '2', g: '2' }, NOON + 3, { parents: [main, side], message: 'Merge' })
    const session = saved.begin(NOON + 4, null)
    const save = saved.save(session, { f: '3', g: '2' }, NOON + 5)
    saved.save(session, { f: '3', g: '3' }, NOON + 6)
    await saved.publish()
    expect((await readAll(saved, 2, 'f')).map(({ id }) => id)).toEqual([save, side, base])
    expect((await readAll(saved, 2)).map(({ id }) => id)).toContain(merge)
  })

  it('has commits that no branch reaches any more, and goes on over a session that is gone', async () => {
    const saved = await repository()
    const base = saved.commit({ f: '1' }, NOON)
    const first = saved.begin(NOON + 1, null)
    saved.commit({ f: '2' }, NOON + 2)
    const amended = saved.head!
    const one = saved.save(first, { f: '2.5' }, NOON + 3)
    const second = saved.begin(NOON + 4, '5'.repeat(40))
    saved.head = base
    const two = saved.save(second, { f: '3' }, NOON + 5)
    saved.commit({ f: '3' }, NOON + 6, { parents: [base] })
    await saved.publish()
    const all = await readAll(saved, 2)
    expect(all.map(({ id }) => id)).toEqual([saved.head, two, one, amended, base])
    expect(all[1]).toMatchObject({ parent: base })
  })

  it('refuses a cursor that is none, and counts no more than it says', async () => {
    const saved = await repository()
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`d${n % 7}/f${n}`, 'abc']))
    saved.commit(many, NOON)
    await saved.publish()
    const [only] = await readAll(saved, 10)
    expect(only).toMatchObject({ files: 100, more: true, bytes: 300 })
    expect(only?.paths).toHaveLength(10)
    const source = await saved.source()
    for (const cursor of ['', 'x', '1.0.zz', `1.0.${'A'.repeat(27)}`, '1.2.', '1.0.a~b~c', '1.0.0.0'])
      await expect(readTimeline(source, { limit: 1, cursor }, signal)).rejects.toMatchObject({ status: 400 })
  })

  it('costs as much on page 30 as on page 1', async () => {
    const saved = await repository()
    const session = saved.begin(NOON, null)
    for (let n = 0; n < 1500; n += 1) saved.save(session, { f: `${n}`, [`d/${n % 9}`]: `${n}` }, NOON + n)
    await saved.publish()
    let reads = 0
    const source = await saved.source()
    const read: typeof source.read = async (oid) => {
      reads += 1
      return source.read(oid)
    }
    const costs: number[] = []
    let cursor: string | undefined
    for (let page = 0; page < 30; page += 1) {
      reads = 0
      const found = await readTimeline({ ...source, read }, { limit: 50, cursor }, signal)
      cursor = found.next ?? undefined
      expect(cursor?.length ?? 0).toBeLessThan(100)
      costs.push(reads)
    }
    expect(cursor).toBeUndefined()
    expect(Math.max(...costs.slice(1, 29)) - Math.min(...costs.slice(1, 29))).toBeLessThan(5)
  })
})

describe('sessions', () => {
  it('tells which is current, and which has what the current one has not taken in', async () => {
    const saved = await repository()
    saved.commit({ f: '0' }, NOON)
    const a = saved.begin(NOON + 1, null)
    const shared = saved.save(a, { f: '1' }, NOON + 2)
    const b = saved.begin(NOON + 3, shared)
    saved.save(b, { f: '2' }, NOON + 4)
    const c = saved.begin(NOON + 5, saved.tip(b))
    saved.save(c, { f: '3' }, NOON + 6)
    await saved.publish()
    expect((await sessionsOf(saved)).sessions.map(({ id, current, stray }) => [id, current, stray])).toEqual([
      [c, true, false],
      [b, false, false],
      [a, false, false],
    ])
    // An old runner wakes up and goes on; another began where the two parted.
    saved.save(a, { f: '1', g: 'late' }, NOON + 7)
    const d = saved.begin(NOON + 3.5, shared)
    saved.save(d, { f: 'd' }, NOON + 8)
    saved.save(d, { f: 'dd' }, NOON + 9)
    await saved.publish()
    const { sessions } = await sessionsOf(saved)
    const byId = Object.fromEntries(sessions.map((one) => [one.id, one]))
    expect(byId[a]).toMatchObject({
      stray: true,
      base: shared,
      saves: 2,
      current: false,
      head: 'refs/heads/main',
    })
    expect(byId[d]).toMatchObject({ stray: true, base: shared, saves: 2, tip: saved.tip(d) })
    expect(byId[b]).toMatchObject({ stray: false, base: null, saves: 1 })
    saved.save(c, { f: '4' }, NOON + 10, { merged: saved.tip(a) })
    saved.save(c, { f: '5' }, NOON + 11, { merged: saved.tip(d) })
    await saved.publish()
    expect((await sessionsOf(saved)).sessions.filter(({ stray }) => stray)).toEqual([])
  })

  it('takes what a crashed runner left, and the next session brought, for what it is', async () => {
    const saved = await repository()
    saved.commit({ f: '0' }, NOON)
    const before = saved.begin(NOON + 1, null)
    saved.save(before, { f: '1' }, NOON + 2)
    const crashed = saved.begin(NOON + 3, saved.tip(before))
    saved.save(crashed, { f: '2' }, NOON + 4)
    const pushed = saved.save(crashed, { f: '3' }, NOON + 5)
    await saved.publish()
    const unpushed = saved.save(crashed, { f: '4' }, NOON + 6)
    saved.keepBack(crashed, pushed)
    const next = saved.begin(NOON + 7, unpushed, true)
    saved.save(next, { f: '5' }, NOON + 8)
    await saved.publish()
    const { sessions } = await sessionsOf(saved)
    expect(sessions.map(({ id, saves, stray }) => [id, saves, stray])).toEqual([
      [next, 2, false],
      [crashed, 2, false],
      [before, 1, false],
    ])
    for (const limit of [1, 100]) {
      const entries = await readAll(saved, limit)
      expect(entries.map(({ file: _file, at }) => Date.parse(at) / 1000 - NOON)).toEqual([8, 6, 5, 4, 2, 0])
    }
  })

  it('counts on from what was counted', async () => {
    const saved = await repository()
    const session = saved.begin(NOON, null)
    for (let n = 0; n < 20; n += 1) saved.save(session, { f: `${n}` }, NOON + n)
    await saved.publish()
    const counts = new SaveCounts()
    const source = await saved.source()
    expect((await listSessions('x', source, counts, signal)).sessions[0]?.saves).toBe(20)
    saved.save(session, { f: 'more' }, NOON + 30)
    await saved.publish()
    const next = await saved.source()
    const tip = (await next.read(saved.tip(session)))!
    expect(await counts.count(`x ${session}`, tip, next.read, { left: 2 })).toBe(21)
    expect(await new SaveCounts().count('x', tip, next.read, { left: 2 })).toBeNull()
  })
})
