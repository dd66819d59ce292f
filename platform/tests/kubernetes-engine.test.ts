import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Cluster } from '../src/engines/kubernetes/cluster/cluster.ts'
import type { KubeObject } from '../src/engines/kubernetes/cluster/objects.ts'
import type { Workspace } from '../src/protocol.ts'
import { describeEngine } from './support/engine-contract.ts'
import type { Address } from './support/kubernetes/api.ts'
import { resourceOf } from './support/kubernetes/kinds.ts'
import { until as untilStore } from './support/kubernetes/kubernetes.ts'
import type { Stored } from './support/kubernetes/objects.ts'
import { openTestCluster } from './support/kubernetes/open-test-cluster.ts'
import { startRunnerCluster, WORKSPACES } from './support/kubernetes/platform-on-kubernetes.ts'
import type { RunnerCluster } from './support/kubernetes/platform-on-kubernetes.ts'
import { openPage } from './support/page.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

let cluster: RunnerCluster
let platform: TestPlatform

beforeAll(async () => {
  cluster = await startRunnerCluster({ nodes: ['node-1', 'node-2'], crashBackOff: 100 })
  platform = await cluster.start()
})

afterAll(async () => {
  await platform?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

async function create(body: object): Promise<Workspace> {
  const answer = await platform.api('POST', '/workspaces', body)
  expect(answer).toMatchObject({ status: 201 })
  return platform.until((answer.body as { id: string }).id, 'running')
}

async function save(id: string, path: string, content: string): Promise<void> {
  using page = await openPage(platform, id)
  await page.save(path, content)
}

async function read(id: string, path: string): Promise<string | null> {
  using page = await openPage(platform, id)
  return (await page.request('files.read', { path })).content
}

const objects = (kind: string, id: string): Stored[] =>
  cluster.kubernetes.store
    .all(kind, WORKSPACES)
    .filter(({ metadata }) => metadata.labels?.['codenest.dev/workspace'] === id)
const kinds = (id: string): string[] =>
  ['Deployment', 'Service', 'NetworkPolicy', 'Pod'].filter((kind) => objects(kind, id).length > 0)
const isReady = ({ status }: Stored): boolean =>
  ((status?.['containerStatuses'] ?? []) as { ready: boolean }[]).some(({ ready }) => ready)
/** Resolves when another pod than `old` is the workspace's only one, and ready. */
const replaced = (id: string, old: Stored | undefined): Promise<void> =>
  untilStore(cluster.kubernetes.store, () => {
    const [pod, ...others] = objects('Pod', id)
    return pod !== undefined && others.length === 0 && pod.metadata.uid !== old?.metadata.uid && isReady(pod)
  })
const address = (kind: string, name: string): Address => ({
  resource: resourceOf(kind),
  namespace: WORKSPACES,
  name,
})
/** What Argo CD and Flux do: the folder is what is to be there, of what they have applied. */
async function applyFolder(other: Cluster, fleet: string): Promise<void> {
  await stockGit(fleet, 'pull', '-q')
  const signal = AbortSignal.timeout(30_000)
  const files = await readdir(join(fleet, 'manifests')).catch(() => [])
  const wanted = new Set<string>()
  for (const file of files)
    for (const document of parseAllDocuments(await readFile(join(fleet, 'manifests', file), 'utf8'))) {
      const manifest = document.toJS() as KubeObject
      wanted.add(`${manifest.kind} ${manifest.metadata.name}`)
      await other.apply(manifest, { signal })
    }
  for (const [apiVersion, kind] of [
    ['apps/v1', 'Deployment'],
    ['v1', 'Service'],
    ['networking.k8s.io/v1', 'NetworkPolicy'],
  ] as const)
    for (const { metadata } of await other.list({ apiVersion, kind, namespace: WORKSPACES }, { signal }))
      if (metadata.name.startsWith('ws-') && !wanted.has(`${kind} ${metadata.name}`))
        await other.delete({ apiVersion, kind, namespace: WORKSPACES, name: metadata.name }, { signal })
}

const record = async (id: string): Promise<string | null> => {
  await using folder = await temporaryFolder()
  await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
  return readFile(join(folder.path, 'fleet/manifests', `${id}.yaml`), 'utf8').catch(() => null)
}

describe('a workspace on Kubernetes', () => {
  describeEngine(() => ({
    owner: platform,
    remains: (id) => Promise.resolve(kinds(id)),
  }))

  it('is a pod without any secret, and a record of what was applied', async () => {
    const { id, isolation } = await create({ source: { template: 'static-site' } })
    expect(isolation).toEqual({ kind: 'pod', missing: [] })
    expect(kinds(id)).toEqual(['Deployment', 'Service', 'NetworkPolicy', 'Pod'])
    expect(cluster.kubernetes.store.all('Secret', WORKSPACES)).toEqual([])
    expect(await record(id)).toContain('kind: NetworkPolicy')
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    expect(await record(id)).toBe(null)
  })

  it('comes back with its files when its pod is deleted', async () => {
    const { id } = await create({ source: { template: 'static-site' } })
    await save(id, 'a.txt', 'first\n')
    const [pod] = objects('Pod', id)
    if (!pod) throw new Error('no pod')
    cluster.kubernetes.api.delete(address('Pod', pod.metadata.name))
    await replaced(id, pod)
    expect(await read(id, 'a.txt')).toBe('first\n')
  })

  it('is what it was declared to be again when somebody has changed it', async () => {
    const { id } = await create({ source: { template: 'static-site' } })
    const { api, store } = cluster.kubernetes
    const name = `ws-${id}`
    const policy = structuredClone(store.find('NetworkPolicy', WORKSPACES, name)?.['spec'])
    api.delete(address('NetworkPolicy', name))
    api.update(address('Service', name), (service) => ({
      ...service,
      spec: { ...(service['spec'] as object), selector: { app: 'another' } },
    }))
    await untilStore(store, () => {
      const service = store.find('Service', WORKSPACES, name)?.['spec'] as { selector?: object } | undefined
      return (
        isDeepStrictEqual(store.find('NetworkPolicy', WORKSPACES, name)?.['spec'], policy) &&
        !('app' in (service?.selector ?? { app: '' }))
      )
    })
    expect((await platform.workspace(id)).state).toBe('running')
  })

  it('moves to another node when its own is drained', async () => {
    const { id } = await create({ source: { template: 'static-site' } })
    await save(id, 'a.txt', 'before the drain\n')
    const [pod] = objects('Pod', id)
    await cluster.kubernetes.drain('node-1')
    await replaced(id, pod)
    expect(objects('Pod', id)[0]?.['spec']).toMatchObject({ nodeName: 'node-2' })
    expect(await read(id, 'a.txt')).toBe('before the drain\n')
    cluster.kubernetes.uncordon('node-1')
  })

  it('goes on while the platform is away, and is found again', async () => {
    const { id } = await create({ source: { template: 'static-site' } })
    const [pod] = objects('Pod', id)
    await platform.stop()
    platform = await cluster.start({ dataDir: platform.dataDir })
    await expect.poll(async () => (await platform.workspace(id)).state).toBe('running')
    expect(objects('Pod', id)[0]?.metadata.uid).toBe(pod?.metadata.uid)
    await save(id, 'a.txt', 'under another platform\n')
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    expect(kinds(id)).toEqual([])
  })

  it('says in words why it cannot run, and runs when the reason has gone', async () => {
    const { api, store } = cluster.kubernetes
    api.create(resourceOf('ResourceQuota'), WORKSPACES, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small', namespace: WORKSPACES },
      spec: { hard: { pods: String(store.all('Pod', WORKSPACES).length) } },
    })
    const answer = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    const { id } = answer.body as { id: string }
    await expect
      .poll(async () => (await platform.workspace(id)).reason?.message)
      .toMatch(/use all that they may: exceeded quota: small/)
    api.delete(address('ResourceQuota', 'small'))
    await platform.api('POST', `/workspaces/${id}/start`)
    await expect.poll(async () => (await platform.workspace(id)).state).toBe('running')
  })

  it('leaves a running workspace its pod when its image changes, and gives it the new one at its next start', async () => {
    const { id } = await create({ source: { template: 'static-site' } })
    const [pod] = objects('Pod', id)
    await platform.stop()
    const env = { CODENEST_RUNNER_IMAGES: '{"default":"codenest/runner:next"}' }
    platform = await cluster.start({ dataDir: platform.dataDir, env })
    await expect.poll(async () => (await platform.workspace(id)).state).toBe('running')
    // It is looked after all the same.
    cluster.kubernetes.api.delete(address('Service', `ws-${id}`))
    await untilStore(cluster.kubernetes.store, () => objects('Service', id).length === 1)
    expect(objects('Pod', id)[0]?.metadata.uid).toBe(pod?.metadata.uid)
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    expect(objects('Pod', id)[0]?.['spec']).toMatchObject({ containers: [{ image: 'codenest/runner:next' }] })
  })

  it('is applied by somebody else where CodeNest only writes it down', async () => {
    await platform.stop()
    platform = await cluster.start({ dataDir: platform.dataDir, env: { CODENEST_APPLY: 'false' } })
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
    const other = await openTestCluster(cluster.kubernetes.kubeconfig)
    const sync = (): Promise<void> => applyFolder(other, join(folder.path, 'fleet'))
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    const { id } = body as { id: string }
    await expect.poll(() => record(id)).not.toBe(null)
    expect(kinds(id)).toEqual([])
    await sync()
    await platform.until(id, 'running')
    await save(id, 'a.txt', 'applied by another\n')
    await platform.api('POST', `/workspaces/${id}/stop`)
    await expect.poll(() => record(id)).toBe(null)
    expect(kinds(id)).not.toEqual([])
    await sync()
    await platform.until(id, 'stopped')
    expect(kinds(id)).toEqual([])
    await other[Symbol.asyncDispose]()
    await platform.stop()
    platform = await cluster.start({ dataDir: platform.dataDir })
  })

  it('takes what operators want to have different, but nothing that makes it less safe', async () => {
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
    const fleet = join(folder.path, 'fleet')
    const push = async (text: string | null): Promise<void> => {
      await stockGit(fleet, 'pull', '-q', '--rebase')
      const path = join(fleet, 'overrides/all.yaml')
      await mkdir(join(fleet, 'overrides'), { recursive: true })
      if (text === null) await rm(path)
      else await writeFile(path, text)
      await stockGit(fleet, 'add', '-A')
      await stockGit(
        fleet,
        '-c',
        'user.name=o',
        '-c',
        'user.email=o@example.com',
        'commit',
        '-qm',
        'override',
      )
      await stockGit(fleet, 'push', '-q')
    }
    const patch = (spec: string): string =>
      `apiVersion: apps/v1\nkind: Deployment\nspec: { template: { spec: ${spec} } }\n`
    await push(patch('{ priorityClassName: workspaces }'))
    const { id } = await create({ source: { template: 'static-site' } })
    expect(objects('Deployment', id)[0]?.['spec']).toMatchObject({
      template: { spec: { priorityClassName: 'workspaces' } },
    })
    await push(patch('{ hostNetwork: true }'))
    const answer = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    const { id: refused } = answer.body as { id: string }
    await expect
      .poll(async () => (await platform.workspace(refused)).reason?.message)
      .toMatch(/overrides\/all.yaml.*hostNetwork/)
    expect(kinds(refused)).toEqual([])
    await push(null)
  })
})
