import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../src/engines/kubernetes/cluster/cluster.ts'
import { WorkspaceObjects } from '../src/engines/kubernetes/workspace-objects.ts'
import { exampleInput } from '../src/engines/kubernetes/manifests/example-input.ts'
import { renderWorkspace } from '../src/engines/kubernetes/manifests/manifests.ts'
import { Remotes } from '../src/git/remotes.ts'
import { Doorbell } from '../src/replicas/doorbell.ts'
import type { Order } from '../src/replicas/leadership.ts'
import { startKubernetes } from './support/kubernetes/kubernetes.ts'
import type { Kubernetes } from './support/kubernetes/kubernetes.ts'
import { openTestCluster } from './support/kubernetes/open-test-cluster.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { temporaryFolder } from './support/shell.ts'

const log = pino({ level: 'silent' })
let kubernetes: Kubernetes
let resources: AsyncDisposableStack
beforeEach(async () => {
  resources = new AsyncDisposableStack()
  kubernetes = resources.use(await startKubernetes())
})
afterEach(() => resources.disposeAsync())

interface Neighbour {
  cluster: Cluster
  remotes: Remotes
  doorbell: Doorbell
  /** `id by`, or `all`. */
  heard: string[]
  orders: [Order, string][]
}

async function move(replica: string, store: MemoryObjectStore): Promise<Neighbour> {
  const folder = resources.use(await temporaryFolder())
  const cluster = resources.use(await openTestCluster(kubernetes.kubeconfig))
  const remotes = resources.use(await Remotes.open(store, folder.path))
  const [heard, orders]: [string[], [Order, string][]] = [[], []]
  remotes.subscribeElsewhere((change) => heard.push(change ? `${change.id} ${change.by}` : 'all'))
  const onOrder = (...order: [Order, string]): unknown => orders.push(order)
  const doorbell = resources.use(
    new Doorbell({ cluster, namespace: 'default', replica, remotes, onOrder, log }),
  )
  await doorbell.synced
  return { cluster, remotes, doorbell, heard, orders }
}
const rings = (): string[] =>
  kubernetes.server.requests.filter((line) => /^(PATCH|POST) .*\/configmaps/.test(line))

describe('the doorbell', () => {
  it('tells every other replica which repository was changed, and by whom', async () => {
    const store = new MemoryObjectStore()
    const [a, b, c] = [await move('a', store), await move('b', store), await move('c', store)]
    await a.remotes.create('one', { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
    await a.remotes.retire('one', true)
    await b.remotes.retire('one', false)
    await expect.poll(() => c.heard).toEqual(['one ', 'one '])
    await expect.poll(() => [a.heard, b.heard]).toEqual([['one '], ['one ']])
    b.doorbell.order('retry', 'one')
    await expect
      .poll(() => [a.orders, b.orders, c.orders])
      .toEqual([[['retry', 'one']], [], [['retry', 'one']]])
  })

  it('rings once for many changes, and says that everything changed when they are too many', async () => {
    const store = new MemoryObjectStore()
    const [a, b] = [await move('a', store), await move('b', store)]
    for (let n = 0; n < 600; n += 1)
      await a.remotes.create(`r${n}`, { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
    for (let n = 0; n < 600; n += 1) await a.remotes.retire(`r${n}`, true)
    await expect.poll(() => b.heard.at(-1)).toBe('all')
    const before = rings().length
    await Promise.all(Array.from({ length: 100 }, (_, n) => a.remotes.retire(`r${n}`, false)))
    await expect.poll(() => new Set(b.heard).size).toBe(101)
    expect(rings().length - before).toBeLessThan(20)
  })

  it('has everything looked at again after what a watch has missed', async () => {
    const store = new MemoryObjectStore()
    const [a, b] = [await move('a', store), await move('b', store)]
    await a.remotes.create('one', { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
    await a.remotes.retire('one', true)
    await expect.poll(() => b.heard).toEqual(['one '])
    kubernetes.server.offline = true
    await a.remotes.retire('one', false)
    kubernetes.server.compact()
    kubernetes.server.offline = false
    await expect.poll(() => b.heard.length, { timeout: 15_000 }).toBeGreaterThan(1)
    expect(['all', 'one ']).toContain(b.heard[1])
  })

  it('is heard for the last time when a replica ends', async () => {
    const store = new MemoryObjectStore()
    const [a, b] = [await move('a', store), await move('b', store)]
    await a.remotes.create('one', { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
    await a.remotes.retire('one', true)
    await a.doorbell[Symbol.asyncDispose]()
    await expect.poll(() => b.heard).toEqual(['one '])
  })
})

describe('a platform that may not act', () => {
  it('changes nothing of the cluster, also in the middle of its work', async () => {
    const cluster = resources.use(await openTestCluster(kubernetes.kubeconfig))
    const signal = new AbortController()
    resources.defer(() => signal.abort())
    const changes = (): string[] => kubernetes.server.requests.filter((line) => !line.startsWith('GET'))
    const objects = new WorkspaceObjects({
      cluster,
      namespace: 'default',
      kinds: ['Deployment', 'Service', 'NetworkPolicy'],
      label: 'codenest.dev/workspace',
      onChange: () => {},
      // Paused after the first.
      mayAct: () => changes().length < 1,
      signal: signal.signal,
    })
    await objects.synced
    const manifests = renderWorkspace({ ...exampleInput(), namespace: 'default' })
    const id = 'brave-otter'
    await expect(objects.apply(id, `ws-${id}`, manifests, signal.signal)).rejects.toMatchObject({
      code: 'not_leading',
    })
    await expect(objects.remove(id, `ws-${id}`, 'deployment', signal.signal)).rejects.toMatchObject({
      code: 'not_leading',
    })
    expect(changes()).toHaveLength(1)
  })
})
