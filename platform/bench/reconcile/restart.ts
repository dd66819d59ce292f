import { setTimeout as delay } from 'node:timers/promises'
import type { BenchOptions } from '../main.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { follow } from './platform-process.ts'
import { ownIds } from './seed.ts'
import { openSite } from './site.ts'
import type { Site } from './site.ts'

const COUNT = 10_000
const RUNNING = 50
const WATCHED_MS = 30_000
/** A list and a watch of each kind, and each running workspace's three objects applied once. */
const MOST_API = 30 + 4 * RUNNING
/** Of the platform itself, and for each running workspace what its start reads. */
const MOST_STORE = 100 + 20 * RUNNING

/** What a platform asks of cluster and store in its first half minute, with nearly all of its workspaces stopped. */
export async function restart(folder: string, say: BenchOptions['say']): Promise<Row[]> {
  say('restart…')
  await using site = await openSite(folder, { count: COUNT, own: 100 })
  await run(site)
  const { requests } = site.kubernetes.server
  const before = requests.length
  const begun = performance.now()
  await using platform = await site.start()
  const started = performance.now() - begun
  await delay(WATCHED_MS - started)
  const asked = requests.slice(before)
  const calls = await platform.calls()
  say(`to the API server: ${JSON.stringify(countBy(asked, kindOf))}`)
  say(`to the object store: ${JSON.stringify(calls)}`)
  const all = Object.values(calls).reduce((sum, count) => sum + count, 0)
  const what = `restart, ${COUNT} declared, ${RUNNING} running`
  return [
    row(`${what}: it serves`, 'ms', [started], '', []),
    row(`${what}: to the API server in ${WATCHED_MS / 1000} s`, 'requests', [asked.length], '', [], MOST_API),
    row(`${what}: to the object store`, 'requests', [all], '', [], MOST_STORE),
  ]
}

async function run(site: Site): Promise<void> {
  await using platform = await site.start()
  using follower = await follow(platform.owner)
  const ids = ownIds(RUNNING)
  await Promise.all(ids.map((id) => platform.owner.api('POST', `/workspaces/${id}/start`)))
  await Promise.all(ids.map((id) => follower.until(id, 'running')))
}

function kindOf(request: string): string {
  const [method = '', url = ''] = request.split(' ')
  const verb = method !== 'GET' ? method : url.includes('watch=true') ? 'watch' : 'get or list'
  return `${verb} ${/\/(?:namespaces\/[^/]+\/)?([a-z]+)(?:\/[^/]*)?$/.exec(url.split('?')[0] ?? '')?.[1] ?? url}`
}

function countBy(all: string[], of: (one: string) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of all) counts[of(one)] = (counts[of(one)] ?? 0) + 1
  return counts
}
