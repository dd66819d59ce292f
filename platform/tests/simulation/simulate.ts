import { join } from 'node:path'
import { DAY, HOUR } from '../../src/git/clock.ts'
import type { Clock } from '../../src/git/clock.ts'
import { compact } from '../../src/git/compaction.ts'
import { fsck } from '../../src/git/fsck.ts'
import { dropUnreachable, purgeRetired, sweep } from '../../src/git/garbage.ts'
import { MissingPackError } from '../../src/git/pack-cache.ts'
import { Remotes } from '../../src/git/remotes.ts'
import { ObjectStoreError } from '../../src/store/object-store.ts'
import { pushFile } from '../support/direct-push.ts'
import { MemoryObjectStore } from '../support/memory-object-store.ts'
import { stockGit, temporaryFolder } from '../support/shell.ts'
import { FaultStore, ProcessDied } from './fault-store.ts'
import type { SimulatedProcess } from './fault-store.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'

const PROCESSES = 3
const ROUNDS = 8
const MAIN = 'refs/heads/main'
/** Low, so that a short life sees many compactions. */
const MAX_PACKS = 4

export interface SimulationReport {
  acknowledged: number
  crashes: number
  repositories: number
}

interface World {
  random: Random
  scheduler: Scheduler
  store: MemoryObjectStore
  clock: Clock & { pass(milliseconds: number): void }
  folder: string
  /** The living one of each slot. */
  processes: Process[]
  /** All there ever were, to be cleaned up. */
  started: Remotes[]
  crashes: number
  /** Acknowledged commits by repository and ref, oldest first. */
  acknowledged: Map<string, string[]>
  repositories: Set<string>
  /** Written by nobody but the actor that made them. */
  forks: number
}

interface Process {
  state: SimulatedProcess
  remotes: Remotes
}

/**
 * One life of a bucket under several platform processes: pushes alone and at once, forks, fetches, compaction and
 * garbage collection, on a store that fails, with processes that die and days that pass. Throws when an acknowledged
 * push is lost or a repository is not whole at the end. The seed decides what happens.
 */
export async function simulate(seed: number): Promise<SimulationReport> {
  await using folder = await temporaryFolder()
  const random = createRandom(seed)
  const scheduler = new Scheduler(random)
  let now = Date.UTC(2026, 0, 1)
  const clock = {
    now: () => now,
    pass: (milliseconds: number): void => void (now += milliseconds),
    delay: () => scheduler.step(async () => {}),
  }
  const store = new MemoryObjectStore(clock.now)
  const world: World = {
    random,
    scheduler,
    store,
    clock,
    folder: folder.path,
    processes: [],
    started: [],
    crashes: 0,
    acknowledged: new Map(),
    repositories: new Set(['r']),
    forks: 0,
  }
  {
    await using remotes = await Remotes.open(store, join(folder.path, 'first'), clock)
    await remotes.create('r', { head: MAIN, refs: {}, pack: null, by: 'simulation' })
  }
  for (let slot = 0; slot < PROCESSES; slot += 1) {
    world.processes.push(await startProcess(world, `${slot}-0`))
    scheduler.add(`client ${slot}`, () => live(world, slot, clientRound))
    scheduler.add(`upkeep ${slot}`, () => live(world, slot, upkeepRound))
  }
  await scheduler.run()
  for (const remotes of world.started) await remotes[Symbol.asyncDispose]()
  await judge(world)
  const acknowledged = [...world.acknowledged.values()].reduce((sum, commits) => sum + commits.length, 0)
  return { acknowledged, crashes: world.crashes, repositories: world.repositories.size }
}

async function startProcess(world: World, name: string): Promise<Process> {
  const state: SimulatedProcess = { dead: false, died: Promise.withResolvers<never>() }
  state.died.promise.catch(() => {})
  const options = { faults: 0.04, crashes: 0.01 }
  const store = new FaultStore(world.store, state, world.random, world.scheduler, options)
  const remotes = await Remotes.open(store, join(world.folder, name), world.clock)
  world.started.push(remotes)
  return { state, remotes }
}

/** An actor's rounds; when its process dies it goes on with the one that takes its place. */
async function live(
  world: World,
  slot: number,
  round: (world: World, slot: number, remotes: Remotes, n: number) => Promise<void>,
): Promise<void> {
  for (let n = 0; n < ROUNDS; n += 1) {
    const process = world.processes[slot]!
    try {
      await Promise.race([round(world, slot, process.remotes, n), process.state.died.promise])
    } catch (error) {
      if (error instanceof ProcessDied) await replace(world, slot, process)
      // A store that fails, or garbage collection of what a slow reader wanted: reported to the client, who goes on.
      else if (!(error instanceof ObjectStoreError) && !(error instanceof MissingPackError)) throw error
    }
  }
}

/** Once for each process that died, whoever of its clients notices first. */
async function replace(world: World, slot: number, dead: Process): Promise<void> {
  await world.scheduler.step(async () => {
    if (world.processes[slot] !== dead) return
    world.crashes += 1
    world.processes[slot] = await startProcess(world, `${slot}-${world.crashes}`)
  })
}

async function clientRound(world: World, slot: number, remotes: Remotes, n: number): Promise<void> {
  const { random } = world
  const id = random.pick([...world.repositories])
  const push = async (ref: string, path: string): Promise<void> => {
    const text = `${slot} ${n} ${path} ${'x'.repeat(random.below(400))}`
    const commit = await pushFile(remotes, id, ref, path, text)
    if (commit === null) return
    const key = `${id} ${ref}`
    world.acknowledged.set(key, [...(world.acknowledged.get(key) ?? []), commit])
  }
  const action = random.below(10)
  if (action < 4) await push(`refs/heads/own-${slot}`, `own-${n % 3}.txt`)
  else if (action < 6) await push(MAIN, `shared-${n}.txt`)
  // At once: they share a compare-and-swap where they can.
  else if (action < 8)
    await settle([push(`refs/heads/a-${slot}`, 'a'), push(`refs/heads/b-${slot}`, 'b'), push(MAIN, 'c')])
  else if (action < 9) await fork(world, remotes, id)
  else await read(remotes, id)
}

/** All of them end before the round does; the first failure is the round's. */
async function settle(pushes: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(pushes)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function fork(world: World, remotes: Remotes, parent: string): Promise<void> {
  const version = await remotes.repository(parent).head()
  const main = version?.head.refs[MAIN]
  if (main === undefined || world.forks >= 3) return
  world.forks += 1
  const id = `fork-${world.forks}`
  if (
    !(await remotes.create(id, { head: MAIN, refs: { [MAIN]: main }, pack: null, by: 'simulation', parent }))
  )
    return
  world.repositories.add(id)
  world.acknowledged.set(`${id} ${MAIN}`, [main])
}

/** What a fetch does: stock git walks everything that a version shows. */
async function read(remotes: Remotes, id: string): Promise<void> {
  const repository = remotes.repository(id)
  const version = await repository.head()
  if (!version || Object.keys(version.head.refs).length === 0) return
  await remotes.views.use(id, version, (view) => stockGit(view, 'rev-list', '--objects', '--all', '--quiet'))
}

async function upkeepRound(world: World, _slot: number, remotes: Remotes): Promise<void> {
  const { random, clock } = world
  const id = random.pick([...world.repositories])
  const action = random.below(10)
  if (action < 4) await compact(remotes, id, undefined, MAX_PACKS)
  else if (action < 6) await sweep(remotes, false)
  else if (action < 7) await dropUnreachable(remotes, id)
  else if (action < 8) await purgeRetired(remotes, id)
  else clock.pass(random.pick([HOUR / 2, 5 * HOUR, 30 * HOUR, 8 * DAY]))
}

/** After the storm: every repository is whole, and every acknowledged commit is in the history of its ref. */
async function judge({ store, clock, folder, acknowledged, repositories }: World): Promise<void> {
  await using remotes = await Remotes.open(store, join(folder, 'judge'), { ...clock, delay: async () => {} })
  for (const id of repositories) {
    const findings = await fsck(remotes, id)
    if (findings.length > 0)
      throw new Error(`${id} is not whole: ${findings.map(({ text }) => text).join(' ')}`)
    const version = await remotes.repository(id).head()
    if (!version) throw new Error(`${id} has gone`)
    await remotes.views.use(id, version, async (view) => {
      for (const [key, commits] of acknowledged) {
        const [owner, ref = ''] = key.split(' ')
        if (owner !== id) continue
        const history = new Set((await stockGit(view, 'rev-list', ref)).split('\n'))
        for (const commit of commits)
          if (!history.has(commit)) throw new Error(`${id} lost ${commit} of ${ref}`)
      }
    })
  }
  // What was unlisted for long enough goes, and nothing else.
  clock.pass(2 * DAY)
  await sweep(remotes, false)
  for (const id of repositories) {
    const findings = await fsck(remotes, id)
    if (findings.length > 0)
      throw new Error(`${id} is not whole after a sweep: ${findings.map(({ text }) => text).join(' ')}`)
  }
}
