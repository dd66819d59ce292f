import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json, Pod, Stored } from './support/kubernetes/objects.ts'
import { asPod, asWorkload, isActive } from './support/kubernetes/objects.ts'
import { resourceOf } from './support/kubernetes/kinds.ts'
import { startKubernetes } from './support/kubernetes/kubernetes.ts'
import type { Kubernetes, KubernetesOptions } from './support/kubernetes/kubernetes.ts'
import { deployment } from './support/kubernetes/manifests.ts'
import { PodProcesses } from './support/kubernetes/pod-processes.ts'
import { ScriptedPods } from './support/kubernetes/scripted-pods.ts'
import type { Fate } from './support/kubernetes/scripted-pods.ts'
import { temporaryFolder } from './support/shell.ts'

const DEPLOYMENT = resourceOf('Deployment')
const POD = resourceOf('Pod')

let resources: AsyncDisposableStack
beforeEach(() => {
  resources = new AsyncDisposableStack()
})
afterEach(() => resources.disposeAsync())

const start = async (options: KubernetesOptions): Promise<Kubernetes> =>
  resources.use(
    await startKubernetes({ namespaces: { test: {} }, retryAfter: 20, crashBackOff: 20, ...options }),
  )
const make = (kubernetes: Kubernetes, manifest = deployment('test', 'ws')): Stored =>
  kubernetes.api.create(DEPLOYMENT, 'test', manifest).object
const podsOf = (kubernetes: Kubernetes): Pod[] => kubernetes.store.all('Pod', 'test').map(asPod)
const onlyPod = async (kubernetes: Kubernetes): Promise<Pod> => {
  await expect.poll(() => podsOf(kubernetes).filter(isActive)).toHaveLength(1)
  return podsOf(kubernetes).find(isActive)!
}
const condition = (object: Json | Stored, type: string): Json | undefined =>
  (object as { status?: { conditions?: Json[] } }).status?.conditions?.find((one) => one['type'] === type)

describe('scripted pods', () => {
  it('are made, are ready, and go with what owns them', async () => {
    const kubernetes = await start({})
    const { metadata } = make(kubernetes)
    await expect
      .poll(() => kubernetes.store.find('Deployment', 'test', 'ws')?.status)
      .toMatchObject({ replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 })
    const [pod] = podsOf(kubernetes)
    expect(pod).toMatchObject({
      spec: { nodeName: 'node-1', restartPolicy: 'Always' },
      status: { phase: 'Running', podIP: expect.stringMatching(/^10\.244\./) },
    })
    expect(pod?.status.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 })
    kubernetes.api.delete({ resource: DEPLOYMENT, namespace: 'test', name: 'ws' }, { uid: metadata.uid })
    await expect.poll(() => kubernetes.store.all('ReplicaSet', 'test')).toEqual([])
    await expect.poll(() => podsOf(kubernetes)).toEqual([])
  })

  it('are replaced one after the other when the template changes', async () => {
    const kubernetes = await start({})
    make(kubernetes)
    const first = await onlyPod(kubernetes)
    const seen: number[] = []
    using _ = kubernetes.store.subscribe(({ resource }) => {
      if (resource === POD) seen.push(podsOf(kubernetes).length)
    })
    const address = { resource: DEPLOYMENT, namespace: 'test', name: 'ws' }
    const { spec } = deployment('test', 'ws', { container: { image: 'other:2' } })
    kubernetes.api.update(address, (one) => ({ ...one, spec }))
    await expect.poll(() => podsOf(kubernetes)[0]?.spec.containers[0]?.image).toBe('other:2')
    await expect
      .poll(() => kubernetes.store.find('Deployment', 'test', 'ws')?.status?.['readyReplicas'])
      .toBe(1)
    expect(podsOf(kubernetes)[0]?.metadata.uid).not.toBe(first.metadata.uid)
    expect(Math.max(...seen)).toBe(1)
  })

  const fates: [string, Fate, Json, Json, RegExp][] = [
    [
      'an image that is not there',
      { kind: 'image' },
      {
        waiting: {
          reason: 'ImagePullBackOff',
          message: expect.stringMatching(
            /^Back-off pulling image "registry.invalid\/none:1": ErrImagePull: /,
          ),
        },
      },
      {},
      /BackOff: Back-off pulling image/,
    ],
    [
      'a program that crashes',
      { kind: 'crash', exitCode: 2 },
      { waiting: { reason: 'CrashLoopBackOff' } },
      { terminated: { reason: 'Error', exitCode: 2 } },
      /Back-off restarting failed container/,
    ],
    [
      'too little memory',
      { kind: 'oom' },
      { waiting: { reason: 'CrashLoopBackOff' } },
      { terminated: { reason: 'OOMKilled', exitCode: 137 } },
      /Back-off restarting failed container/,
    ],
  ]
  it.each(fates)('show %s', async (_, fate, state, last, event) => {
    const kubernetes = await start({ pods: new ScriptedPods(() => fate), crashBackOff: 60_000 })
    make(kubernetes)
    const { name } = (await onlyPod(kubernetes)).metadata
    const status = (): Json => podsOf(kubernetes)[0]?.status.containerStatuses?.[0] as unknown as Json
    await expect.poll(() => status()?.['state']).toMatchObject(state)
    expect(status()['lastState']).toMatchObject(last)
    expect(
      kubernetes.eventsOf('test', name).map(({ reason, message }) => `${reason}: ${message}`),
    ).toContainEqual(expect.stringMatching(event))
  })

  it('show that no node takes them, until one does', async () => {
    const kubernetes = await start({})
    kubernetes.cordon('node-1')
    make(kubernetes)
    const pod = await onlyPod(kubernetes)
    await expect
      .poll(() => condition(podsOf(kubernetes)[0] as unknown as Json, 'PodScheduled'))
      .toMatchObject({
        status: 'False',
        reason: 'Unschedulable',
        message: expect.stringContaining('0/1 nodes are available: 1 node(s) were unschedulable.'),
      })
    expect(kubernetes.eventsOf('test', pod.metadata.name).at(-1)).toMatchObject({
      reason: 'FailedScheduling',
    })
    kubernetes.uncordon('node-1')
    await expect.poll(() => podsOf(kubernetes)[0]?.status.phase).toBe('Running')
  })

  it('are replaced when their node throws them out', async () => {
    const pods = new ScriptedPods()
    const kubernetes = await start({ pods })
    make(kubernetes)
    const first = await onlyPod(kubernetes)
    await expect.poll(() => podsOf(kubernetes)[0]?.status.phase).toBe('Running')
    pods.befall(first.metadata.name, { kind: 'evicted', message: 'The node was low on resource: memory.' })
    await expect
      .poll(() => new Set(podsOf(kubernetes).map(({ status }) => status.phase)))
      .toEqual(new Set(['Failed', 'Running']))
    expect(kubernetes.store.byUid(first.metadata.uid)?.status).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted',
    })
  })

  it('are told to be too many by their ReplicaSet and their Deployment, and come when there is room', async () => {
    const kubernetes = await start({})
    kubernetes.api.create(resourceOf('ResourceQuota'), 'test', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'room' },
      spec: { hard: { 'limits.cpu': '1500m', 'limits.memory': '1Gi', pods: '10' } },
    })
    make(kubernetes, deployment('test', 'one'))
    await onlyPod(kubernetes)
    make(kubernetes, deployment('test', 'two'))
    const sentence =
      /pods "two-\w+-\w{5}" is forbidden: exceeded quota: room, requested: limits.cpu=1, used: limits.cpu=1, limited: limits.cpu=1500m/
    await expect
      .poll(() => condition(kubernetes.store.find('Deployment', 'test', 'two') ?? {}, 'ReplicaFailure'))
      .toMatchObject({ status: 'True', reason: 'FailedCreate', message: expect.stringMatching(sentence) })
    const set = kubernetes.store
      .all('ReplicaSet', 'test')
      .find(({ metadata }) => metadata.name.startsWith('two'))
    expect(kubernetes.eventsOf('test', set!.metadata.name)[0]).toMatchObject({
      type: 'Warning',
      reason: 'FailedCreate',
    })
    kubernetes.api.delete({ resource: DEPLOYMENT, namespace: 'test', name: 'one' })
    await expect
      .poll(() => asWorkload(kubernetes.store.find('Deployment', 'test', 'two')!).status?.readyReplicas)
      .toBe(1)
    expect(
      condition(kubernetes.store.find('Deployment', 'test', 'two') ?? {}, 'ReplicaFailure'),
    ).toBeUndefined()
    expect(kubernetes.store.all('ResourceQuota', 'test')[0]?.status).toMatchObject({
      used: { pods: '1', 'limits.memory': '512Mi' },
    })
  })

  it('are not made without the limits that a quota is about', async () => {
    const kubernetes = await start({})
    kubernetes.api.create(resourceOf('ResourceQuota'), 'test', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'room' },
      spec: { hard: { 'requests.cpu': '10', 'limits.memory': '1Gi' } },
    })
    make(kubernetes, deployment('test', 'ws', { container: { resources: {} } }))
    await expect
      .poll(() => condition(kubernetes.store.find('Deployment', 'test', 'ws') ?? {}, 'ReplicaFailure'))
      .toMatchObject({
        message: expect.stringMatching(
          /failed quota: room: must specify limits.memory for: runner; requests.cpu for: runner/,
        ),
      })
  })
})

/** Listens where its environment says, is ready when a file is there, and says what it was told. */
const PROGRAM = `
const { createServer } = require('node:http'), fs = require('node:fs')
const [host, port] = process.env.LISTEN.split(':')
process.on('SIGTERM', () => { fs.appendFileSync(process.env.LOG, 'saved\\n'); process.exit(0) })
createServer((request, response) => {
  if (request.url === '/crash') process.exit(3)
  response.statusCode = request.url === '/readyz' && !fs.existsSync(process.env.ROOT + '/ready') ? 503 : 200
  response.end(process.env.UID)
}).listen(port, host)
`

describe('pods that are processes', () => {
  const startProcesses = async (
    nodes?: string[],
  ): Promise<{ kubernetes: Kubernetes; log: string; said: string[] }> => {
    const folder = resources.use(await temporaryFolder())
    const log = join(folder.path, 'log')
    const said: string[] = []
    await writeFile(log, '')
    const pods = new PodProcesses({
      folder: folder.path,
      command: () => ({ file: process.execPath, args: ['-e', PROGRAM] }),
      env: () => ({ LOG: log }),
      probeEvery: 10,
      output: (_, line) => said.push(line),
    })
    return { kubernetes: await start({ pods, ...(nodes && { nodes }) }), log, said }
  }
  const manifest = (name: string, env: Json[] = []): ReturnType<typeof deployment> =>
    deployment('test', name, {
      spec: { volumes: [{ name: 'work', emptyDir: {} }], terminationGracePeriodSeconds: 5 },
      container: {
        ports: [{ name: 'http', containerPort: 7070 }],
        volumeMounts: [{ name: 'work', mountPath: '/workspace' }],
        readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, failureThreshold: 1 },
        env: [
          { name: 'LISTEN', value: '0.0.0.0:7070' },
          { name: 'ROOT', value: '/workspace/home' },
          { name: 'UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
          ...env,
        ],
      },
    })
  const beReady = async (pod: Pod): Promise<string> => {
    const { podIP } = pod.status
    await expect.poll(() => ask(`http://${podIP}:7070/`)).toBe(pod.metadata.uid)
    return `http://${podIP}:7070`
  }

  it('listen at addresses of their own and end with their last save', async () => {
    const { kubernetes, log } = await startProcesses()
    make(kubernetes, manifest('a'))
    make(kubernetes, manifest('b'))
    await expect
      .poll(() => podsOf(kubernetes).map(({ status }) => status.phase))
      .toEqual(['Running', 'Running'])
    const urls = await Promise.all(podsOf(kubernetes).map(beReady))
    expect(new Set(urls).size).toBe(2)
    expect(podsOf(kubernetes).map((pod) => condition(pod as unknown as Json, 'Ready')?.['status'])).toEqual([
      'False',
      'False',
    ])
    kubernetes.api.delete({ resource: DEPLOYMENT, namespace: 'test', name: 'a' })
    await expect.poll(() => podsOf(kubernetes)).toHaveLength(1)
    expect(await readFile(log, 'utf8')).toBe('saved\n')
    // By force it is not asked.
    const [left] = podsOf(kubernetes)
    kubernetes.api.delete(
      { resource: POD, namespace: 'test', name: left!.metadata.name },
      { gracePeriodSeconds: 0 },
    )
    await expect.poll(() => ask(`http://${left!.status.podIP}:7070/`)).toBeNull()
    expect(await readFile(log, 'utf8')).toBe('saved\n')
  })

  it('are started again when they crash, with what their folders held', async () => {
    const { kubernetes } = await startProcesses()
    make(kubernetes, manifest('a'))
    await expect.poll(() => podsOf(kubernetes)[0]?.status.phase).toBe('Running')
    const url = await beReady(podsOf(kubernetes)[0]!)
    await ask(`${url}/crash`)
    const status = (): Json => podsOf(kubernetes)[0]?.status.containerStatuses?.[0] as unknown as Json
    await expect.poll(status).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    })
    expect(await beReady(podsOf(kubernetes)[0]!)).toBe(url)
  })

  it('move to another node when theirs is drained, and wait when there is none', async () => {
    const { kubernetes, log } = await startProcesses(['node-1', 'node-2'])
    make(kubernetes, manifest('a'))
    await expect.poll(() => podsOf(kubernetes)[0]?.status.phase).toBe('Running')
    await beReady(podsOf(kubernetes)[0]!)
    await kubernetes.drain('node-1')
    await expect.poll(() => podsOf(kubernetes).map(({ spec }) => spec.nodeName)).toEqual(['node-2'])
    await expect.poll(() => podsOf(kubernetes)[0]?.status.phase).toBe('Running')
    await beReady(podsOf(kubernetes)[0]!)
    expect(await readFile(log, 'utf8')).toBe('saved\n')
    await kubernetes.drain('node-2')
    await expect
      .poll(() => condition(podsOf(kubernetes)[0] as unknown as Json, 'PodScheduled')?.['status'])
      .toBe('False')
  })
})

async function ask(url: string): Promise<string | null> {
  try {
    const response = await fetch(url)
    return await response.text()
  } catch {
    return null
  }
}
