import { join } from 'node:path'
import { stockGit } from '../../tests/support/shell.ts'
import type { BenchOptions } from '../main.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { follow } from './platform-process.ts'
import { ownIds } from './seed.ts'
import { openSite } from './site.ts'

const COUNT = 10_000
const AT_ONCE = 500
/** Milliseconds that they may take at a hundred a second. */
const GOAL = AT_ONCE * 10

/** Many changes in one moment: until the last is durable, in how many commits, and until all are done. */
export async function atOnce(folder: string, say: BenchOptions['say']): Promise<Row[]> {
  say(`${AT_ONCE} changes at once…`)
  await using site = await openSite(folder, { count: COUNT, own: AT_ONCE })
  await using platform = await site.start()
  const { owner } = platform
  using follower = await follow(owner)
  const clone = join(folder, 'fleet.git')
  await stockGit(folder, 'clone', '-q', '--bare', await owner.gitUrl('fleet'), clone)
  const rows: Row[] = []
  const steps = [
    ['start', 'running'],
    ['stop', 'stopped'],
  ] as const
  for (const [verb, state] of steps) {
    const before = await tipOf(clone)
    const used = await platform.cpu()
    const begun = performance.now()
    await Promise.all(ownIds(AT_ONCE).map((id) => owner.api('POST', `/workspaces/${id}/${verb}`)))
    const durable = performance.now() - begun
    const worked = (await platform.cpu()) - used
    await Promise.all(ownIds(AT_ONCE).map((id) => follower.until(id, state)))
    const done = performance.now() - begun
    await stockGit(clone, 'fetch', '-q', await owner.gitUrl('fleet'), '+main:main')
    const commits = (await stockGit(clone, 'rev-list', `${before}..main`, '--', 'workspaces'))
      .trim()
      .split('\n')
    const what = `${AT_ONCE} × ${verb} at once, ${COUNT} declared`
    rows.push(
      row(`${what}: durable, in ${commits.length} commits`, 'ms', [durable], '100 a second', [GOAL], 1),
      row(`${what}: processor time of the platform until then`, 'ms', [worked], '', []),
      row(`${what}: all ${state}`, 'ms', [done], '', []),
    )
  }
  return rows
}

async function tipOf(clone: string): Promise<string> {
  return (await stockGit(clone, 'rev-parse', 'main')).trim()
}
