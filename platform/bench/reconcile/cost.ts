import type { BenchOptions } from '../main.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { follow } from './platform-process.ts'
import type { BenchPlatform, Follower } from './platform-process.ts'
import { ownIds } from './seed.ts'
import { openSite } from './site.ts'
import type { Owner } from '../../tests/support/platform.ts'

const SIZES = [1_000, 10_000]
const OWN = 100
const ROUNDS = 40
const WARM_UP = 10
const FLAT = 1.3
const STEPS = ['start, durable', 'start, ready', 'stop, durable', 'stop, nothing left'] as const
type Times = Record<(typeof STEPS)[number], number[]>

/** One workspace after the other is started and stopped, in turn in the small fleet and in the large one. */
export async function cost(folder: string, say: BenchOptions['say']): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const fleets: { platform: BenchPlatform; follower: Follower; times: Times; used: number[] }[] = []
  for (const count of SIZES) {
    say(`${count} workspaces…`)
    const site = stack.use(await openSite(folder, { count, own: OWN }))
    const platform = stack.use(await site.start())
    const follower = stack.use(await follow(platform.owner))
    const times = Object.fromEntries(STEPS.map((step) => [step, []])) as unknown as Times
    fleets.push({ platform, follower, times, used: [] })
  }
  const ids = ownIds(OWN)
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const turn = round % 2 === 0 ? fleets : fleets.toReversed()
    for (const { platform, follower, times, used } of turn) {
      const before = await platform.cpu()
      const taken = await startAndStop(platform.owner, follower, ids[round % OWN] ?? '')
      if (round < WARM_UP) continue
      used.push((await platform.cpu()) - before)
      for (const step of STEPS) times[step].push(taken[step])
    }
  }
  const [small, large] = fleets
  if (!small || !large) return []
  const rowOf = (what: string, ours: number[], theirs: number[]): Row =>
    row(`${what}, ${SIZES[1]} declared`, 'ms', ours, `${SIZES[0]} declared`, theirs, FLAT)
  return [
    ...STEPS.map((step) => rowOf(step, large.times[step], small.times[step])),
    // What else the machine does meanwhile is not in it.
    rowOf('a start and a stop, processor time of the platform', large.used, small.used),
  ]
}

async function startAndStop(
  owner: Owner,
  follower: Follower,
  id: string,
): Promise<Record<(typeof STEPS)[number], number>> {
  const begun = performance.now()
  await owner.api('POST', `/workspaces/${id}/start`)
  const durable = performance.now()
  await follower.until(id, 'running')
  const ready = performance.now()
  await owner.api('POST', `/workspaces/${id}/stop`)
  const stopDurable = performance.now()
  await follower.until(id, 'stopped')
  return {
    'start, durable': durable - begun,
    'start, ready': ready - begun,
    'stop, durable': stopDurable - ready,
    'stop, nothing left': performance.now() - ready,
  }
}
