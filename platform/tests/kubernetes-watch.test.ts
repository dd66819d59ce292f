import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../src/engines/kubernetes/cluster/cluster.ts'
import type { ClusterTuning } from '../src/engines/kubernetes/cluster/tuning.ts'
import type { Change, Watched } from '../src/engines/kubernetes/cluster/watch.ts'
import { resourceOf } from './support/kubernetes/kinds.ts'
import { startKubernetes } from './support/kubernetes/kubernetes.ts'
import type { Kubernetes } from './support/kubernetes/kubernetes.ts'
import { configMap } from './support/kubernetes/manifests.ts'
import { openTestCluster } from './support/kubernetes/open-test-cluster.ts'

const CONFIG_MAP = resourceOf('ConfigMap')
const labels = { watch: 'yes' }

describe('a watch', () => {
  let kubernetes: Kubernetes
  let resources: AsyncDisposableStack
  let told: string[]
  beforeEach(async () => {
    resources = new AsyncDisposableStack()
    kubernetes = resources.use(await startKubernetes({ namespaces: { test: {} } }))
    told = []
  })
  afterEach(() => resources.disposeAsync())

  /** Everything through the API server's back, so that no request of a writer meets a fault. */
  const put = (name: string, v: string): void => {
    const address = { resource: CONFIG_MAP, namespace: 'test', name }
    if (!kubernetes.store.find('ConfigMap', 'test', name))
      kubernetes.api.create(CONFIG_MAP, 'test', configMap('test', name, { v }, labels))
    else kubernetes.api.update(address, (one) => ({ ...one, data: { v } }))
  }
  const drop = (name: string): void => {
    kubernetes.api.delete({ resource: CONFIG_MAP, namespace: 'test', name })
  }
  const state = (): Record<string, string> =>
    Object.fromEntries(
      kubernetes.store
        .all('ConfigMap', 'test')
        .filter(({ metadata }) => metadata.labels?.['watch'] === 'yes')
        .map((one) => [one.metadata.name, (one['data'] as Record<string, string>)['v']!]),
    )
  const watch = async (tuning: Partial<ClusterTuning> = {}): Promise<Watched<string>> => {
    const cluster: Cluster = resources.use(await openTestCluster(kubernetes.kubeconfig, tuning))
    const ending = new AbortController()
    resources.defer(() => ending.abort())
    const watched = cluster.watch({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'test',
      labelSelector: 'watch=yes',
      project: (object) => (object['data'] as Record<string, string>)['v']!,
      onChange: ({ type, name, value }: Change<string>) => told.push(`${type} ${name} ${value}`),
      signal: ending.signal,
    })
    await watched.synced
    await expect.poll(() => watched.health().connected).toBe(true)
    return watched
  }
  const agrees = async (watched: Watched<string>): Promise<void> => {
    await expect.poll(() => Object.fromEntries(watched.items)).toEqual(state())
  }

  it('misses and doubles nothing over connections that break, also within a line', async () => {
    put('a', '0')
    const watched = await watch()
    let count = 0
    for (let round = 0; round < 10; round += 1) {
      count += 1
      put('a', String(count))
      kubernetes.watches[round % 2 === 0 ? 'drop' : 'tear']()
      count += 1
      put('a', String(count))
      await agrees(watched)
      await expect.poll(() => watched.health().connected).toBe(true)
    }
    expect(told).toEqual(Array.from({ length: 21 }, (_, index) => `set a ${index}`))
    expect(watched.health().lists).toBe(1)
  })

  it('lists anew after 410, and tells what went and what came again in between', async () => {
    for (const name of ['kept', 'changed', 'gone', 'anew']) put(name, '1')
    const watched = await watch()
    kubernetes.server.offline = true
    await expect.poll(() => watched.health().connected).toBe(false)
    put('changed', '2')
    drop('gone')
    drop('anew')
    put('anew', '1')
    put('new', '1')
    kubernetes.server.compact()
    told.length = 0
    kubernetes.server.offline = false
    await agrees(watched)
    expect(told.toSorted()).toEqual(
      ['set changed 2', 'deleted gone 1', 'deleted anew 1', 'set anew 1', 'set new 1'].toSorted(),
    )
    expect(told.indexOf('deleted anew 1')).toBeLessThan(told.indexOf('set anew 1'))
    expect(watched.health().lists).toBe(2)
  })

  it.each(['expire', 'compact'] as const)('goes on after the server forgets (%s)', async (how) => {
    put('a', '1')
    const watched = await watch()
    if (how === 'expire') kubernetes.watches.expire()
    else {
      kubernetes.server.compact()
      kubernetes.watches.drop()
    }
    put('a', '2')
    await agrees(watched)
    expect(told).toEqual(['set a 1', 'set a 2'])
  })

  it('takes 410 as an answer, and not just as an event', async () => {
    put('a', '1')
    const watched = await watch()
    kubernetes.faults.add(
      { kind: 'refuse', status: 410, reason: 'Expired' },
      { matches: ({ isWatch }) => isWatch, times: 2 },
    )
    kubernetes.watches.drop()
    put('a', '2')
    await agrees(watched)
    await expect.poll(() => watched.health().connected).toBe(true)
    expect(told).toEqual(['set a 1', 'set a 2'])
  })

  it('notices that nothing comes any more, and goes on from where it was', async () => {
    put('a', '1')
    const watched = await watch({ silence: 100 })
    const before = watched.health().watches
    kubernetes.watches.stall()
    put('a', '2')
    put('b', '1')
    drop('b')
    await agrees(watched)
    await expect.poll(() => told).toEqual(['set a 1', 'set a 2', 'set b 1', 'deleted b 1'])
    expect(watched.health().watches).toBeGreaterThan(before)
    expect(watched.health().lists).toBe(1)
  })

  it('takes bookmarks for a sign of life', async () => {
    const watched = await watch()
    await expect.poll(() => watched.health().idle).toBeGreaterThan(100)
    const { watches, events } = watched.health()
    await expect
      .poll(() => {
        kubernetes.watches.bookmark()
        return watched.health().idle
      })
      .toBeLessThan(100)
    expect(watched.health().events).toBeGreaterThan(events)
    expect(watched.health()).toMatchObject({ watches, lastError: null })
  })

  it('resumes at the latest bookmark when everything before was forgotten', async () => {
    put('a', '1')
    const watched = await watch()
    // Others change much, of which this watch sees nothing.
    for (let index = 0; index < 10; index += 1)
      kubernetes.api.create(CONFIG_MAP, 'test', configMap('test', `o-${index}`))
    const { events } = watched.health()
    kubernetes.watches.bookmark()
    await expect.poll(() => watched.health().events).toBe(events + 1)
    kubernetes.server.compact()
    kubernetes.watches.drop()
    put('a', '2')
    await agrees(watched)
    expect(watched.health().lists).toBe(1)
  })

  it('outlives floods of refusals, and an API server that is away', async () => {
    put('a', '1')
    const watched = await watch()
    for (const status of [429, 500, 503, 403])
      kubernetes.faults.add({ kind: 'refuse', status, retryAfterSeconds: 0 }, { times: 3 })
    kubernetes.watches.drop()
    put('a', '2')
    await agrees(watched)
    kubernetes.server.offline = true
    await expect.poll(() => watched.health().lastError).not.toBeNull()
    expect(watched.health().synced).toBe(true)
    put('a', '3')
    drop('a')
    kubernetes.server.offline = false
    await agrees(watched)
    expect(told).toEqual(['set a 1', 'set a 2', 'set a 3', 'deleted a 1'.replace('1', '3')])
  })

  it('begins a list anew when its next page is no longer known', async () => {
    for (let index = 0; index < 10; index += 1) put(`n-${index}`, '1')
    kubernetes.faults.add(
      { kind: 'refuse', status: 410, reason: 'Expired' },
      { matches: ({ query }) => query.has('continue') },
    )
    const watched = await watch()
    await agrees(watched)
    expect(told).toHaveLength(10)
  })

  it('ends its watches in time and lists anew now and then, although nothing is wrong', async () => {
    put('a', '1')
    const watched = await watch({ watch: 1, relist: 1 })
    const { lists, watches } = watched.health()
    await expect.poll(() => watched.health().lists).toBeGreaterThan(lists + 1)
    expect(watched.health().watches).toBeGreaterThan(watches)
    expect(watched.health().lastError).toBeNull()
    put('a', '2')
    await agrees(watched)
    expect(told).toEqual(['set a 1', 'set a 2'])
  })

  it('tells changes that the projection shows, and survives whoever is told', async () => {
    put('a', '1')
    const cluster = resources.use(await openTestCluster(kubernetes.kubeconfig))
    const ending = new AbortController()
    resources.defer(() => ending.abort())
    const watched = cluster.watch({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'test',
      labelSelector: 'watch=yes',
      project: ({ metadata, data }) => {
        if (metadata.name === 'strange') throw new Error('cannot be projected')
        return { isOdd: Number((data as Record<string, string>)['v']) % 2 === 1 }
      },
      onChange: ({ name, value }) => {
        told.push(`${name} ${value.isOdd}`)
        throw new Error('whoever is told fails')
      },
      signal: ending.signal,
    })
    await watched.synced
    put('strange', '1')
    for (const v of ['3', '5', '6', '8', '9']) put('a', v)
    await expect.poll(() => told).toEqual(['a true', 'a false', 'a true'])
  })

  it('ends when it is told to, without a word', async () => {
    const watched = await watch()
    await resources.disposeAsync()
    expect(watched.health().connected).toBe(false)
    resources = new AsyncDisposableStack()
  })

  it('agrees in the end whatever goes wrong', async () => {
    const watched = await watch({ silence: 150 })
    const random = mulberry(20_261_126)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
    const names = ['a', 'b', 'c', 'd', 'e']
    const faults = [
      () => kubernetes.watches.drop(),
      () => kubernetes.watches.tear(),
      () => kubernetes.watches.stall(),
      () => kubernetes.watches.expire(),
      () => kubernetes.server.compact(),
      () => kubernetes.watches.bookmark(),
      () => kubernetes.faults.add({ kind: 'reset' }, { times: 2 }),
      () => kubernetes.faults.add({ kind: 'refuse', status: 500 }),
      () => kubernetes.faults.add({ kind: 'refuse', status: 429, retryAfterSeconds: 0 }, { times: 2 }),
      () =>
        kubernetes.faults.add(
          { kind: 'refuse', status: 410, reason: 'Expired' },
          { matches: ({ isWatch }) => isWatch },
        ),
    ]
    for (let round = 0; round < 40; round += 1) {
      for (let step = 0; step < 5; step += 1) {
        const name = pick(names)
        if (random() < 0.3 && name in state()) drop(name)
        else put(name, `${round}.${step}`)
        if (random() < 0.3) pick(faults)()
      }
      if (round % 5 === 0) await agrees(watched)
    }
    await agrees(watched)
    // Of every name: what was told last is what is there, and nothing was told twice in a row.
    const said = new Map<string, string>()
    for (const line of told) {
      const [, name = ''] = line.split(' ')
      expect(line).not.toBe(said.get(name))
      said.set(name, line)
    }
    for (const [name, value] of Object.entries(state())) expect(said.get(name)).toBe(`set ${name} ${value}`)
  })
})

/** The same numbers every time. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
