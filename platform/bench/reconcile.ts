import { temporaryFolder } from '../tests/support/shell.ts'
import type { BenchOptions } from './main.ts'
import { atOnce } from './reconcile/at-once.ts'
import { cost } from './reconcile/cost.ts'
import { memory } from './reconcile/memory.ts'
import { restart } from './reconcile/restart.ts'
import { storm } from './reconcile/storm.ts'
import type { Row } from './support/rows.ts'

type Part = (folder: string, say: BenchOptions['say']) => Promise<Row[]>
const PARTS: Record<string, Part> = { cost, 'at-once': atOnce, memory, restart, storm }

/** A platform with many declared workspaces on a cluster that is a double: what a change costs, and a start. */
export async function bench({ only, say }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = []
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!name.includes(only)) continue
    await using folder = await temporaryFolder()
    const start = performance.now()
    rows.push(...(await measure(folder.path, say)))
    say(`${name}: ${Math.round((performance.now() - start) / 1000)} s`)
  }
  return rows
}
