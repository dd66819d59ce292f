import { temporaryFolder } from '../tests/support/shell.ts'
import type { BenchOptions } from './main.ts'
import { cloning } from './git/cloning.ts'
import { listing } from './git/listing.ts'
import { memory } from './git/memory.ts'
import { posting } from './git/posting.ts'
import { concurrentPushing, isomorphicPushing, pushing } from './git/pushing.ts'
import { startContenders } from './git/contenders.ts'
import type { Contenders } from './git/contenders.ts'
import type { Row } from './support/rows.ts'

/** In this order: what clones comes before what leaves many packs behind, and once more after it. */
const PARTS: Record<string, (contenders: Contenders) => Promise<Row[]>> = {
  clone: (contenders) => cloning(contenders, 'clone', [true, false]),
  'ls-remote': listing,
  post: posting,
  push: pushing,
  isomorphic: isomorphicPushing,
  concurrent: concurrentPushing,
  memory,
  'clone-after': (contenders) => cloning(contenders, 'clone after all that', [false]),
}

/** The same work against the platform's Git and against stock `git http-backend`. */
export async function bench({ only, say }: BenchOptions): Promise<Row[]> {
  await using folder = await temporaryFolder()
  await using contenders = await startContenders(folder.path, say)
  const rows: Row[] = []
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!name.includes(only)) continue
    const start = performance.now()
    rows.push(...(await measure(contenders)))
    say(`${name}: ${Math.round((performance.now() - start) / 1000)} s`)
  }
  return rows
}
