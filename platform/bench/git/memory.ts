import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stockGit } from '../../tests/support/shell.ts'
import { watchMemory } from '../support/memory.ts'
import type { MemoryPeak } from '../support/memory.ts'
import { makeHeavySource } from '../support/repositories.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { startOurs, startStock, STOCK } from './contenders.ts'
import type { Contenders } from './contenders.ts'

const MEGABYTES = 200
const ROUNDS = 2

/** A push that fits into no memory that a small server has to spare: what it costs above an idle server. */
export async function memory({ folder, sources }: Contenders): Promise<Row[]> {
  const heavy = await makeHeavySource(folder, MEGABYTES)
  const ours: MemoryPeak[] = []
  const stock: MemoryPeak[] = []
  const times = { ours: [] as number[], stock: [] as number[] }
  for (let round = 0; round < ROUNDS; round += 1) {
    const repositories = ['small', 'heavy']
    for (const [start, peaks, taken] of [
      [startOurs, ours, times.ours],
      [startStock, stock, times.stock],
    ] as const) {
      const place = join(folder, `memory-${round}`)
      await using server = await start(place, repositories)
      // Idle is a server that has worked before.
      await stockGit(folder, '--git-dir', sources[0]?.path ?? '', 'push', '-q', server.url('small'), 'main')
      const began = performance.now()
      peaks.push(await watchMemory(server.pid, () => pushHeavy(heavy, server)))
      taken.push(performance.now() - began)
      await rm(place, { recursive: true, force: true })
    }
  }
  const own = (peaks: MemoryPeak[]): number[] => peaks.map((peak) => peak.own)
  const tree = (peaks: MemoryPeak[]): number[] => peaks.map((peak) => peak.tree)
  const what = `push of ${MEGABYTES} MB`
  return [
    row(`${what}, server above idle`, 'MB', own(ours), 'its CGI host', own(stock), 150),
    row(`${what}, with its git processes`, 'MB', tree(ours), STOCK, tree(stock)),
    row(what, 'ms', times.ours, STOCK, times.stock),
  ]
}

async function pushHeavy(source: string, server: ServerProcess): Promise<void> {
  await stockGit(source, 'push', '-q', server.url('heavy'), 'main')
}
