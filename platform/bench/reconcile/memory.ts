import type { BenchOptions } from '../main.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { openSite } from './site.ts'

const SIZES = [1_000, 10_000] as const
const STARTS = 3
const GOAL_KB = 2

/** What a platform that has just started holds for each stopped workspace more. */
export async function memory(folder: string, say: BenchOptions['say']): Promise<Row[]> {
  const heaps: [number[], number[]] = [[], []]
  for (const [n, count] of SIZES.entries()) {
    say(`memory with ${count} workspaces…`)
    await using site = await openSite(folder, { count, own: 100 })
    for (let start = 0; start < STARTS; start += 1) {
      await using platform = await site.start()
      // It has read all of the fleet when it can tell which are somebody's.
      await platform.owner.api('GET', '/workspaces')
      heaps[n]?.push(await platform.heap())
    }
  }
  const [small, large] = heaps
  const each = large.map((heap, n) => (heap - (small[n] ?? NaN)) / (SIZES[1] - SIZES[0]) / 1024)
  return [row('memory of a stopped workspace', 'KB', each, '', [], GOAL_KB)]
}
