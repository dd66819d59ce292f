import { stockGit } from '../../tests/support/shell.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { interleave } from '../support/sampling.ts'
import type { Work } from '../support/sampling.ts'
import { MANY_REFS, repositoryOf, serversOf, STOCK } from './contenders.ts'
import type { Contenders, ServerName } from './contenders.ts'

export async function listing(contenders: Contenders): Promise<Row[]> {
  const rows: Row[] = []
  for (const [repository, label] of [
    [repositoryOf(10), '1 ref'],
    ['refs', `${MANY_REFS} refs`],
  ] as const) {
    const listings: Partial<Record<ServerName, Work>> = {}
    for (const [name, server] of serversOf(contenders))
      listings[name] = async () => {
        await stockGit(contenders.folder, 'ls-remote', server.url(repository))
      }
    const samples = await interleave({ count: 25, warmUp: 2 }, listings as Record<ServerName, Work>)
    rows.push(row(`ls-remote, ${label}`, 'ms', samples.disk, STOCK, samples.stock, 0.5))
    if (contenders.s3) rows.push(row(`ls-remote, ${label}, S3`, 'ms', samples.s3, STOCK, samples.stock))
  }
  return rows
}
