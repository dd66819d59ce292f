import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stockGit } from '../../tests/support/shell.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { interleave } from '../support/sampling.ts'
import type { Work } from '../support/sampling.ts'
import { repositoryOf, serversOf, SIZES, STOCK } from './contenders.ts'
import type { Contenders, ServerName } from './contenders.ts'

const ROUNDS: Record<number, number> = { 10: 20, 10_000: 8, 50_000: 5 }

/** `checkouts`: whether the clones write out a work tree. */
export async function cloning(contenders: Contenders, what: string, checkouts: boolean[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const files of SIZES)
    for (const checkout of checkouts) {
      const clones: Partial<Record<ServerName, Work>> = {}
      for (const [name, server] of serversOf(contenders))
        clones[name] = async (round) => {
          const target = join(contenders.scratch, `${name}-${round}`)
          const args = checkout ? [] : ['--no-checkout']
          await stockGit(contenders.scratch, 'clone', '-q', ...args, server.url(repositoryOf(files)), target)
          return () => rm(target, { recursive: true })
        }
      const samples = await interleave(
        { count: ROUNDS[files] ?? 5, warmUp: 1 },
        clones as Record<ServerName, Work>,
      )
      const label = `${what}, ${files} files${checkout ? '' : ', no checkout'}`
      rows.push(row(label, 'ms', samples.disk, STOCK, samples.stock, 1))
      if (contenders.s3) rows.push(row(`${label}, S3`, 'ms', samples.s3, STOCK, samples.stock))
    }
  return rows
}
