import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from './api.ts'
import { ApiServer } from './api-server.ts'
import type { Identity } from './authorization.ts'
import { Deployments } from './controllers/deployments.ts'
import { EventRecorder } from './controllers/events.ts'
import { GarbageCollector } from './controllers/garbage-collector.ts'
import { Kubelet } from './controllers/kubelet.ts'
import { furnishNamespace } from './controllers/namespaces.ts'
import type { PodRunner } from './controllers/pod-runner.ts'
import { ReplicaSets } from './controllers/replica-sets.ts'
import { Faults } from './faults.ts'
import { resourceOf } from './kinds.ts'
import { asPod } from './objects.ts'
import type { Json, Stored } from './objects.ts'
import { quotaStatus } from './quota.ts'
import { ScriptedPods } from './scripted-pods.ts'
import { Store } from './store.ts'
import type { StoreEvent } from './store.ts'
import { Watches } from './watches.ts'

export interface KubernetesOptions {
  /** What becomes of pods; without, they are ready at once. */
  pods?: PodRunner
  /** `['node-1']` without. */
  nodes?: string[]
  /** Made at the start, with these labels. */
  namespaces?: Record<string, Record<string, string>>
  /** Milliseconds; a minute without, as in reality. */
  bookmarkEvery?: number
  /** Milliseconds after which controllers try again what failed, a full quota for example. */
  retryAfter?: number
  /** Milliseconds before the second restart of a container that crashes; 10,000 without, as in reality. */
  crashBackOff?: number
  tls?: { key: string; cert: string }
  /** By token; the kubeconfig has the first. Without, everybody may do everything. */
  identities?: ReadonlyMap<string, Identity>
}

/** A Kubernetes in this process: API server over HTTP, controllers, nodes. */
export interface Kubernetes extends AsyncDisposable {
  /** Path of a file. */
  readonly kubeconfig: string
  readonly server: ApiServer
  readonly api: Api
  readonly store: Store
  readonly watches: Watches
  readonly faults: Faults
  /** Of a pod's Events, the latest last. */
  eventsOf(namespace: string, name: string): { type: string; reason: string; message: string }[]
  /** No new pods come to the node. */
  cordon(node: string): void
  uncordon(node: string): void
  /** Cordons, evicts every pod of the node, and resolves when they are gone. */
  drain(node: string): Promise<void>
  /** Resolves when no controller has anything to do. Processes may still be starting or ending. */
  idle(): Promise<void>
}

export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  const { pods = new ScriptedPods(), nodes = ['node-1'], namespaces = {}, retryAfter = 1000 } = options
  await using resources = new AsyncDisposableStack()
  const store = new Store()
  const api = new Api(store)
  const faults = new Faults()
  const events = new EventRecorder(api)
  const watches = resources.use(new Watches(store, options.bookmarkEvery ?? 60_000))
  const kubelet = resources.use(
    new Kubelet({ api, events, runner: pods, crashBackOff: options.crashBackOff ?? 10_000 }, retryAfter),
  )
  const deployments = resources.use(new Deployments(api, events, retryAfter))
  const sets = resources.use(new ReplicaSets(api, events, retryAfter))
  const garbage = resources.use(new GarbageCollector(api, retryAfter))
  const controllers = [deployments, sets, garbage, kubelet]
  const notice = (event: StoreEvent): void => {
    for (const controller of controllers) controller.notice(event)
    furnishNamespace(api, event)
    if (event.resource.kind === 'Pod' || event.resource.kind === 'ResourceQuota') tellQuotas(api, event)
  }
  resources.use(store.subscribe(notice))
  for (const name of nodes) api.create(resourceOf('Node'), null, nodeManifest(name))
  for (const [name, labels] of Object.entries({ default: {}, ...namespaces }))
    api.create(resourceOf('Namespace'), null, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    })
  const { tls, identities } = options
  const server = resources.use(
    await ApiServer.start({ api, watches, faults, ...(tls && { tls }), ...(identities && { identities }) }),
  )
  const folder = await mkdtemp(join(tmpdir(), 'k8s-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigFor(server.url, options))

  const setUnschedulable = (name: string, unschedulable: boolean): void => {
    const address = { resource: resourceOf('Node'), namespace: null, name }
    api.update(address, (node) => ({ ...node, spec: { ...node.spec, unschedulable } }))
  }
  const podsOn = (node: string): Stored[] =>
    store.all('Pod', null).filter((pod) => asPod(pod).spec.nodeName === node)
  const owned = resources.move()
  return {
    kubeconfig,
    server,
    api,
    store,
    watches,
    faults,
    eventsOf: (namespace, name) =>
      store
        .all('Event', namespace)
        .filter((event) => (event['involvedObject'] as Json)['name'] === name)
        .map((event) => ({
          type: String(event['type']),
          reason: String(event['reason']),
          message: String(event['message']),
        })),
    cordon: (node) => setUnschedulable(node, true),
    uncordon: (node) => setUnschedulable(node, false),
    async drain(node) {
      setUnschedulable(node, true)
      const gone = podsOn(node).map(({ metadata }) => metadata.uid)
      for (const pod of podsOn(node)) {
        const { namespace = '', name } = pod.metadata
        api.delete({ resource: resourceOf('Pod'), namespace, name })
      }
      await until(store, () => gone.every((uid) => store.byUid(uid) === undefined))
    },
    async idle() {
      while (controllers.some(({ queue }) => !queue.isIdle)) await delay(1)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Resolves when something is so, looking at it after every change. */
export async function until(store: Store, isSo: () => boolean): Promise<void> {
  if (isSo()) return
  const { promise, resolve } = Promise.withResolvers<void>()
  using _ = store.subscribe(() => isSo() && resolve())
  await promise
}

/** Keeps `status.used` of the quotas of a namespace what it is. */
function tellQuotas(api: Api, { object }: StoreEvent): void {
  const { namespace = '' } = object.metadata
  for (const quota of api.store.all('ResourceQuota', namespace))
    api.setStatus({ resource: resourceOf('ResourceQuota'), namespace, name: quota.metadata.name }, () =>
      quotaStatus(api.store, quota),
    )
}

function nodeManifest(name: string): Json {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
  }
}

function kubeconfigFor(server: string, { tls, identities }: KubernetesOptions): string {
  const [token] = identities?.keys() ?? []
  const trust = tls
    ? { 'certificate-authority-data': Buffer.from(tls.cert).toString('base64') }
    : { 'insecure-skip-tls-verify': true }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'double',
    clusters: [{ name: 'double', cluster: { server, ...trust } }],
    users: [{ name: 'double', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'double', context: { cluster: 'double', user: 'double' } }],
  })
}
