import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { DAY } from '../src/git/clock.ts'
import type { Clock } from '../src/git/clock.ts'
import { fsck } from '../src/git/fsck.ts'
import { Maintenance } from '../src/git/maintenance.ts'
import { ZERO_OID } from '../src/git/object-id.ts'
import { Remotes } from '../src/git/remotes.ts'
import { carryOut, planRetention, Retention } from '../src/history/retention.ts'
import { CONTINUED_PREFIX, sessionTips } from '../src/history/save-refs.ts'
import { listSessions, SaveCounts } from '../src/history/sessions.ts'
import { readTimeline } from '../src/history/timeline.ts'
import type { SaveSession } from '../src/protocol.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { MAIN, SavedRepository } from './support/saved-repository.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const signal = AbortSignal.timeout(600_000)
const log = pino({ level: 'silent' })
const BEGIN = Date.UTC(2026, 0, 1)
const HOURS = 3600

interface World extends AsyncDisposable {
  remotes: Remotes
  saved: SavedRepository
  maintenance: Maintenance
  /** Sessions in use, for the policy. */
  inUse: Set<string>
  /** Goes to this many days after the beginning. */
  goTo(day: number): void
  sessions(): Promise<string[]>
  strays(): Promise<SaveSession[]>
  /** Ids of the saves in the timeline, read with an empty memory. */
  saves(): Promise<string[]>
}

async function createWorld(): Promise<World> {
  const folder = await temporaryFolder()
  let now = BEGIN
  const clock: Clock = { now: () => now, delay: async () => {} }
  const store = new MemoryObjectStore(() => now)
  const remotes = await Remotes.open(store, join(folder.path, 'cache'), clock)
  const saved = await SavedRepository.create(remotes, 'w')
  const inUse = new Set<string>()
  const policy = { keepDays: 30, isInUse: (_id: string, session: string) => inUse.has(session) }
  const retention = new Retention(remotes, policy, log)
  const maintenance = new Maintenance(remotes, log, (id) => retention.apply(id))
  return {
    remotes,
    saved,
    maintenance,
    inUse,
    goTo: (day) => void (now = BEGIN + day * DAY),
    sessions: async () => sessionTips((await saved.source()).head).map(({ session }) => session),
    strays: async () =>
      (await listSessions('w', await saved.source(), new SaveCounts(), signal)).sessions.filter(
        ({ stray }) => stray,
      ),
    async saves() {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const page = await readTimeline(await saved.source(), { limit: 100, cursor }, signal)
        found.push(...page.entries.filter(({ kind }) => kind === 'save').map(({ id }) => id))
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
      return found
    },
    async [Symbol.asyncDispose]() {
      await maintenance[Symbol.asyncDispose]()
      await remotes[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

interface Made {
  session: string
  day: number
  saves: string[]
}

/** Three sessions a day, each with two saves, and a commit each third day. */
function work(saved: SavedRepository, days: [from: number, to: number], previous: string | null): Made[] {
  const made: Made[] = []
  let last = previous
  for (let day = days[0]; day < days[1]; day += 1)
    for (let n = 0; n < 3; n += 1) {
      const begin = BEGIN / 1000 + day * 24 * HOURS + (8 + n * 2) * HOURS
      if (n === 1 && day % 3 === 0) saved.commit({ f: `commit ${day}` }, begin - 60)
      const session = saved.begin(begin, last)
      const saves = [1, 2].map((k) => saved.save(session, { f: `${day}.${n}.${k}` }, begin + k * 60))
      last = saves.at(-1)!
      made.push({ session, day, saves })
    }
  return made
}

describe('retention', () => {
  it('keeps every save for 30 days, then the last session of each day; and nothing looks lost', async () => {
    await using world = await createWorld()
    const { saved, remotes, maintenance } = world
    saved.commit({ f: '0' }, BEGIN / 1000)
    const made = work(saved, [0, 45], null)
    world.goTo(45)
    await saved.publish()
    const kept = made.filter(
      ({ day, session }) => day >= 15 || made.findLast((one) => one.day === day)?.session === session,
    )
    const dropped = made.filter((one) => !kept.includes(one))
    expect(dropped).toHaveLength(30)

    await maintenance.runOnce()
    expect((await world.sessions()).toSorted()).toEqual(kept.map(({ session }) => session))
    expect(await world.strays()).toEqual([])
    expect(await world.saves()).toEqual(kept.flatMap(({ saves }) => saves).toReversed())
    const { head } = (await remotes.repository('w').head())!
    expect(head.reflog.filter(({ by, new: to }) => by === 'retention' && to === ZERO_OID)).toHaveLength(30)

    // The reflog goes on, a week passes, and what was let go is gone for good.
    const refs = Array.from({ length: 200 }, (_, n) => `refs/heads/b${n}`)
    for (const there of [true, false])
      await remotes.repository('w').publish(
        {
          updates: refs.map((ref) => ({
            ref,
            old: there ? ZERO_OID : saved.head!,
            new: there ? saved.head! : ZERO_OID,
          })),
          packs: [],
          by: 'test',
          atomic: true,
        },
        async () => {},
      )
    world.goTo(54)
    await maintenance.runOnce()
    const { objects } = await saved.source()
    for (const { saves } of dropped.slice(0, 30)) expect(await objects.has(saves[0]!)).toBe(false)
    expect(await fsck(remotes, 'w')).toEqual([])
    expect(await saved.view((view) => stockGit(view, 'fsck', '--full', '--strict', '--no-dangling'))).toBe('')
    expect(await world.strays()).toEqual([])
    const still = kept.filter(({ session }) => made.findLast((one) => one.day === 15)?.session === session)
    expect(still).toHaveLength(1)
    const now = new Set(await world.sessions())
    expect(await world.saves()).toEqual(
      kept
        .filter(({ session }) => now.has(session))
        .flatMap(({ saves }) => saves)
        .toReversed(),
    )
    // What is kept can be read to the last file.
    for (const { saves } of kept.filter(({ day }) => day < 15))
      for (const save of saves)
        expect(await saved.view((view) => stockGit(view, 'cat-file', '-p', `${save}:f`))).toMatch(/^\d+\.2\./)

    // It goes on day by day, and leaves no refs of its own behind for what is gone.
    saved.commit({ f: 'later' }, BEGIN / 1000 + 53 * 24 * HOURS)
    work(saved, [53, 54], saved.tip(made.at(-1)!.session))
    await saved.publish()
    world.goTo(100)
    await maintenance.runOnce()
    expect(await world.sessions()).toHaveLength(46)
    expect(await world.strays()).toEqual([])
    const after = (await remotes.repository('w').head())!.head.refs
    const marked = Object.keys(after).filter((ref) => ref.startsWith(CONTINUED_PREFIX))
    const sessions = new Set(await world.sessions())
    expect(marked.filter((ref) => !sessions.has(ref.slice(CONTINUED_PREFIX.length)))).toEqual([])
    expect(await fsck(remotes, 'w')).toEqual([])
  })

  it('never lets go what nobody has taken in, what is in use, or what a start continues', async () => {
    await using world = await createWorld()
    const { saved, maintenance } = world
    saved.commit({ f: '0' }, BEGIN / 1000)
    const [one, two, three] = work(saved, [0, 1], null) as [Made, Made, Made]
    // Two runners at once: the middle one goes on beside the last, and a fourth parts from the first.
    const late = saved.save(two.session, { f: 'late' }, BEGIN / 1000 + 20 * HOURS)
    const fourth = saved.begin(BEGIN / 1000 + 9 * HOURS, one.saves[0]!)
    saved.save(fourth, { f: 'fourth' }, BEGIN / 1000 + 21 * HOURS)
    await saved.publish()
    world.goTo(100)
    expect((await world.strays()).map(({ id }) => id).toSorted()).toEqual([fourth, two.session].toSorted())
    world.inUse.add(one.session)
    await maintenance.runOnce()
    expect(await world.sessions()).toHaveLength(4)
    // A stray session of the day does not stand in for those that were taken in.
    world.inUse.clear()
    await maintenance.runOnce()
    expect((await world.sessions()).toSorted()).toEqual([fourth, two.session, three.session].toSorted())
    expect((await world.strays()).map(({ id }) => id).toSorted()).toEqual([fourth, two.session].toSorted())
    // Once they are taken in they go like others; the newest session stays, however old it is.
    saved.save(three.session, { f: 'merged' }, BEGIN / 1000 + 22 * HOURS, { merged: late })
    saved.save(three.session, { f: 'merged 2' }, BEGIN / 1000 + 22 * HOURS, { merged: saved.tip(fourth) })
    await saved.publish()
    await maintenance.runOnce()
    expect(await world.sessions()).toEqual([three.session])
    expect(await world.strays()).toEqual([])
  })

  it('does nothing when a session moved, or began, after it was looked at', async () => {
    await using world = await createWorld()
    const { saved, remotes } = world
    saved.commit({ f: '0' }, BEGIN / 1000)
    const made = work(saved, [0, 2], null)
    await saved.publish()
    world.goTo(100)
    const plan = async (): Promise<NonNullable<Awaited<ReturnType<typeof planRetention>>>> => {
      const { head, read } = await saved.source()
      return (await planRetention(head, read, BEGIN + 100 * DAY, { keepDays: 30, isInUse: () => false }))!
    }
    const first = await plan()
    expect(first.dropped).toHaveLength(4)
    saved.save(made[0]!.session, { f: 'woken' }, BEGIN / 1000 + 99 * 24 * HOURS)
    await saved.publish()
    expect(await carryOut(remotes, 'w', first)).toBe(false)
    expect(await world.sessions()).toHaveLength(6)
    const second = await plan()
    expect(second.dropped).toHaveLength(3)
    const begun = saved.begin(BEGIN / 1000 + 99 * 24 * HOURS, saved.tip(made.at(-1)!.session))
    saved.save(begun, { f: 'new' }, BEGIN / 1000 + 99 * 24 * HOURS + 1)
    await saved.publish()
    expect(await carryOut(remotes, 'w', second)).toBe(false)
    expect(await world.sessions()).toHaveLength(7)
    expect(await carryOut(remotes, 'w', await plan())).toBe(true)
    // The one that woke up has something in it, and the newest of each day stays.
    expect((await world.strays()).map(({ id }) => id)).toEqual([made[0]!.session])
    expect(await world.sessions()).toHaveLength(4)
    expect(MAIN in (await saved.source()).head.refs).toBe(true)
  })
})
