import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Address } from './support/kubernetes/api.ts'
import type { Asked } from './support/kubernetes/faults.ts'
import { resourceOf } from './support/kubernetes/kinds.ts'
import { until as untilStore } from './support/kubernetes/kubernetes.ts'
import { asPod, controllerOf, isActive } from './support/kubernetes/objects.ts'
import type { Pod, Stored } from './support/kubernetes/objects.ts'
import { startRunnerCluster, WORKSPACES } from './support/kubernetes/platform-on-kubernetes.ts'
import type { RunnerCluster } from './support/kubernetes/platform-on-kubernetes.ts'
import { openPage } from './support/page.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

let cluster: RunnerCluster
let platform: TestPlatform
let fleet: AsyncDisposable & { path: string }

beforeAll(async () => {
  cluster = await startRunnerCluster()
  platform = await cluster.start()
  fleet = await temporaryFolder()
  await stockGit(fleet.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
})

afterEach(async () => {
  const { workspaces = [] } = (await platform.api('GET', '/workspaces')).body as {
    workspaces?: { id: string }[]
  }
  for (const { id } of workspaces) await platform.api('DELETE', `/workspaces/${id}`)
  await untilStore(cluster.kubernetes.store, () => pods('codenest.dev/workspace').length === 0)
})

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await platform?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

const TWO = '{ stacks: { default: 2 } }'
let declared: string | null = null

/** Declares the pool; null: none. Throws what the push is refused with. */
async function declare(spec: string | null): Promise<void> {
  const folder = join(fleet.path, 'fleet')
  const path = join(folder, 'pool.yaml')
  const as = ['-c', 'user.name=o', '-c', 'user.email=o@example.com']
  for (let isPushed = false; !isPushed;) {
    await stockGit(folder, 'fetch', '-q')
    await stockGit(folder, 'reset', '-q', '--hard', 'origin/main')
    if (spec === null) await rm(path, { force: true })
    else await writeFile(path, `apiVersion: codenest.dev/v1\nkind: Pool\nspec: ${spec}\n`)
    await stockGit(folder, 'add', '-A')
    await stockGit(folder, ...as, 'commit', '-q', '--allow-empty', '-m', 'pool')
    try {
      await stockGit(folder, 'push', '-q')
      isPushed = true
    } catch (error) {
      // The platform's own commits come in between.
      if (!String(error).includes('(fetch first)')) throw error
    }
  }
  declared = spec
}

/** Resolves when so many pods of the pool can be taken, as far as the platform knows. */
async function waiting(count: number): Promise<void> {
  const read = async (): Promise<number> => {
    const text = await (await fetch(`${platform.address}/metrics`)).text()
    return Number(/^codenest_pool_waiting_pods (\d+)$/m.exec(text)?.[1])
  }
  await expect.poll(read).toBe(count)
}

/** Resolves when two pods wait. */
async function filled(): Promise<void> {
  if (declared !== TWO) await declare(TWO)
  await waiting(2)
}

async function create(): Promise<string> {
  const answer = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
  expect(answer).toMatchObject({ status: 201 })
  return (answer.body as { id: string }).id
}

/** Starts a workspace, and tells how long that took. */
async function started(): Promise<string> {
  const began = performance.now()
  const id = await create()
  await platform.until(id, 'running')
  const took = Math.round(performance.now() - began)
  process.stdout.write(
    `ready after ${took} ms with a pod ${replicas(id) === 0 ? 'of the pool' : 'of its own'}\n`,
  )
  return id
}

async function save(id: string, path: string, content: string): Promise<void> {
  using page = await openPage(platform, id)
  await page.save(path, content)
}

async function read(id: string, path: string): Promise<string | null> {
  using page = await openPage(platform, id)
  return (await page.request('files.read', { path })).content
}

function pods(label: string, value?: string): Pod[] {
  return cluster.kubernetes.store
    .all('Pod', WORKSPACES)
    .filter(({ metadata }) =>
      value === undefined ? label in (metadata.labels ?? {}) : metadata.labels?.[label] === value,
    )
    .map(asPod)
}
const podsOf = (id: string): Pod[] => pods('codenest.dev/workspace', id)
const idle = (stack = 'default'): Pod[] => pods('codenest.dev/pool', stack).filter(isActive)
const uids = (all: Pod[]): string[] => all.map(({ metadata }) => metadata.uid)
const deployment = (name: string): Stored | undefined =>
  cluster.kubernetes.store.find('Deployment', WORKSPACES, name)
const replicas = (id: string): unknown => deployment(`ws-${id}`)?.spec?.['replicas']
const address = (kind: string, name: string): Address => ({
  resource: resourceOf(kind),
  namespace: WORKSPACES,
  name,
})
const isReady = ({ status }: Pod): boolean => status.containerStatuses?.some(({ ready }) => ready) === true
/** Resolves when another pod than `old` is the workspace's only one, and ready. */
const replaced = (id: string, old: Pod | undefined): Promise<void> =>
  untilStore(cluster.kubernetes.store, () => {
    const [pod, ...others] = podsOf(id)
    return others.length === 0 && pod !== undefined && pod.metadata.uid !== old?.metadata.uid && isReady(pod)
  })

describe('the warm pool', () => {
  it('is refused at the push when it is not valid', async () => {
    await expect(declare('{ stacks: { default: many } }')).rejects.toThrow(
      /pool\.yaml: spec\.stacks\.default/,
    )
    await expect(declare('{ stacks: { default: 1 }, size: 2 }')).rejects.toThrow(/pool\.yaml: .*size/)
    expect(pods('codenest.dev/pool')).toEqual([])
  })

  it('gives a start one of its pods, and is filled up again', async () => {
    const without = await started()
    expect(replicas(without)).toBe(1)
    await filled()
    const before = idle()
    const id = await started()
    const [pod, ...others] = podsOf(id)
    if (!pod) throw new Error('no pod')
    expect(others).toEqual([])
    const was = before.find(({ metadata }) => metadata.uid === pod.metadata.uid)
    expect(was).toBeDefined()
    const { state, restartCount } = pod.status.containerStatuses?.[0] ?? {}
    expect({ state, restartCount }).toEqual({
      state: was?.status.containerStatuses?.[0]?.state,
      restartCount: 0,
    })
    expect(replicas(id)).toBe(0)
    expect(pod.metadata.annotations?.['codenest.dev/owner']).toBeDefined()
    const { name, uid } = deployment(`ws-${id}`)?.metadata ?? {}
    expect(controllerOf(pod as unknown as Stored)).toMatchObject({ kind: 'Deployment', name, uid })
    expect(cluster.kubernetes.store.find('NetworkPolicy', WORKSPACES, `ws-${id}`)).toBeDefined()
    await waiting(2)
    expect(uids(idle())).not.toContain(pod.metadata.uid)
  })

  it('gives starts at once different pods, and one beyond its size a pod of its own', async () => {
    await filled()
    const before = uids(idle())
    const { kubernetes } = cluster
    // What the pool makes anew, and a workspace's own pod, have to wait until there is a node again.
    kubernetes.cordon('node-1')
    const ids = await Promise.all([create(), create(), create()])
    await untilStore(kubernetes.store, () => ids.filter((id) => podsOf(id).some(isReady)).length === 2)
    const taken = ids.filter((id) => podsOf(id).some(isReady))
    expect(uids(taken.flatMap(podsOf)).toSorted()).toEqual(before.toSorted())
    expect(taken.map(replicas)).toEqual([0, 0])
    const last = ids.find((id) => !taken.includes(id)) ?? ''
    await untilStore(kubernetes.store, () => podsOf(last).length === 1)
    expect(replicas(last)).toBe(1)
    kubernetes.uncordon('node-1')
    await platform.until(last, 'running')
    const [own] = podsOf(last)
    expect(own && controllerOf(own as unknown as Stored)).toMatchObject({ kind: 'ReplicaSet' })
  })

  it('loses nothing when a pod that was taken from it ends', async () => {
    await filled()
    const id = await started()
    await save(id, 'a.txt', 'first\n')
    const [first] = podsOf(id)
    await cluster.kubernetes.drain('node-1')
    cluster.kubernetes.uncordon('node-1')
    await replaced(id, first)
    expect(await read(id, 'a.txt')).toBe('first\n')
    await save(id, 'a.txt', 'second\n')

    // With no pool its Deployment makes the next one.
    await declare(null)
    await untilStore(cluster.kubernetes.store, () => idle().length === 0)
    const [second] = podsOf(id)
    cluster.kubernetes.api.delete(address('Pod', second?.metadata.name ?? ''))
    await replaced(id, second)
    expect(replicas(id)).toBe(1)
    expect(await read(id, 'a.txt')).toBe('second\n')
  })

  it('does not let somebody else give a workspace a second pod', async () => {
    await filled()
    const id = await started()
    const [pod] = podsOf(id)
    const { api, store } = cluster.kubernetes
    api.update(address('Deployment', `ws-${id}`), (found) => ({
      ...found,
      spec: { ...found.spec, replicas: 1 },
    }))
    await untilStore(store, () => podsOf(id).length === 2)
    await untilStore(store, () => replicas(id) === 0 && podsOf(id).length === 1)
    expect(uids(podsOf(id))).toEqual([pod?.metadata.uid])
    expect((await platform.workspace(id)).state).toBe('running')
  })

  it('leaves nothing of a workspace that stops, and stays itself', async () => {
    await filled()
    const id = await started()
    await waiting(2)
    const before = uids(idle())
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    expect(podsOf(id)).toEqual([])
    for (const kind of ['Deployment', 'Service', 'NetworkPolicy'])
      expect(cluster.kubernetes.store.find(kind, WORKSPACES, `ws-${id}`)).toBeUndefined()
    expect(uids(idle())).toEqual(before)
  })

  it('gives one pod, however the answer gets lost', async () => {
    await filled()
    const isTaking = ({ method, path }: Asked): boolean => method === 'PATCH' && path.includes('/pods/')
    using _fault = cluster.kubernetes.faults.add({ kind: 'lose' }, { matches: isTaking })
    const id = await started()
    expect(podsOf(id)).toHaveLength(1)
    expect(replicas(id)).toBe(0)
  })

  it.each(['before', 'after'])('gives one pod when the platform ends just %s it is taken', async (when) => {
    await filled()
    const { faults } = cluster.kubernetes
    const asked = Promise.withResolvers<void>()
    const isTaking = ({ method, path }: Asked): boolean => method === 'PATCH' && path.includes('/pods/')
    const isHeard = (one: Asked): boolean => {
      if (isTaking(one)) asked.resolve()
      return isTaking(one)
    }
    using end = new DisposableStack()
    // What got no answer is asked once more, and that is where it ends.
    if (when === 'after') end.use(faults.add({ kind: 'lose' }, { matches: isTaking }))
    end.use(faults.add({ kind: 'stall' }, { matches: isHeard }))
    const id = await create()
    await asked.promise
    expect(podsOf(id)).toHaveLength(when === 'after' ? 1 : 0)
    await platform.stop()
    end.dispose()
    platform = await cluster.start({ dataDir: platform.dataDir })
    await platform.until(id, 'running')
    expect(podsOf(id)).toHaveLength(1)
    expect(replicas(id)).toBe(0)
  })

  it('has the size that is declared', async () => {
    const { store } = cluster.kubernetes
    await declare('{ stacks: { default: 1, node: 1 } }')
    await untilStore(store, () => idle().length === 1 && idle('node').length === 1)
    await declare('{ stacks: { default: 2 }, resources: { memory: 1Gi } }')
    await untilStore(store, () => idle().length === 2 && pods('codenest.dev/pool', 'node').length === 0)
    await waiting(2)
    // A workspace that wants more than such a pod has does not get one.
    const id = await started()
    expect(replicas(id)).toBe(1)
    await declare(null)
    await untilStore(store, () => pods('codenest.dev/pool').length === 0)
    expect(deployment('pool-default')).toBeUndefined()
    expect(store.find('NetworkPolicy', WORKSPACES, 'pool-default')).toBeUndefined()
    expect((await platform.workspace(id)).state).toBe('running')
  })
})
