import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../src/engines/kubernetes/cluster/cluster.ts'
import { ClusterError } from '../src/engines/kubernetes/cluster/errors.ts'
import { hasOpenssl } from './support/found.ts'
import type { Identity } from './support/kubernetes/authorization.ts'
import { startKubernetes } from './support/kubernetes/kubernetes.ts'
import type { Kubernetes, KubernetesOptions } from './support/kubernetes/kubernetes.ts'
import { configMap } from './support/kubernetes/manifests.ts'
import { openTestCluster } from './support/kubernetes/open-test-cluster.ts'
import { temporaryFolder } from './support/shell.ts'

const canMakeTls = await hasOpenssl()
const { signal } = new AbortController()
const target = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'test', name: 'a' }

describe('requests to a cluster', () => {
  let resources: AsyncDisposableStack
  beforeEach(() => {
    resources = new AsyncDisposableStack()
  })
  afterEach(() => resources.disposeAsync())
  const start = async (options: KubernetesOptions = {}): Promise<Kubernetes> =>
    resources.use(await startKubernetes({ namespaces: { test: {} }, ...options }))
  const open = async (
    kubeconfig: string,
    tuning: Parameters<typeof openTestCluster>[1] = {},
  ): Promise<Cluster> => resources.use(await openTestCluster(kubeconfig, tuning))

  it('come back when the server says so', async () => {
    const kubernetes = await start()
    const cluster = await open(kubernetes.kubeconfig)
    const applies = (): number => kubernetes.server.requests.filter((line) => line.startsWith('PATCH')).length
    const began = performance.now()
    kubernetes.faults.add({ kind: 'refuse', status: 429, retryAfterSeconds: 1 })
    await cluster.apply(configMap('test', 'a'), { signal })
    expect(performance.now() - began).toBeGreaterThan(990)
    expect(applies()).toBe(2)
  })

  it('end with what the server said when it goes on saying it', async () => {
    const kubernetes = await start()
    const cluster = await open(kubernetes.kubeconfig, { attempts: 3 })
    kubernetes.faults.add(
      { kind: 'refuse', status: 429, retryAfterSeconds: 0, message: 'too many requests' },
      { times: 3 },
    )
    await expect(cluster.get(target, { signal })).rejects.toMatchObject({
      kind: 'too_many_requests',
      sentence: 'too many requests',
      status: 503,
    })
    kubernetes.faults.add({ kind: 'refuse', status: 500, message: 'etcdserver: request timed out' })
    await expect(cluster.get(target, { signal })).rejects.toMatchObject({
      kind: 'failed',
      sentence: 'etcdserver: request timed out',
    })
  })

  it('end as unreachable when there is no answer, and at once when they are no longer wanted', async () => {
    const kubernetes = await start()
    const cluster = await open(kubernetes.kubeconfig, { request: 50 })
    kubernetes.faults.add({ kind: 'stall' })
    await expect(cluster.get(target, { signal })).rejects.toMatchObject({ kind: 'unreachable' })
    kubernetes.server.offline = true
    await expect(cluster.get(target, { signal })).rejects.toMatchObject({ kind: 'unreachable' })
    kubernetes.server.offline = false
    const patient = await open(kubernetes.kubeconfig)
    kubernetes.faults.add({ kind: 'stall' })
    const ending = new AbortController()
    const asked = patient.get(target, { signal: ending.signal })
    ending.abort(new Error('no longer wanted'))
    await expect(asked).rejects.toThrow('no longer wanted')
  })

  it('are made again over a new connection when a kept one was closed', async () => {
    const kubernetes = await start()
    const cluster = await open(kubernetes.kubeconfig)
    await cluster.apply(configMap('test', 'a', { v: '1' }), { signal })
    kubernetes.faults.add({ kind: 'lose' })
    // Carried out twice, which is the same as once.
    const applied = await cluster.apply(configMap('test', 'a', { v: '2' }), { signal })
    expect(applied['data']).toEqual({ v: '2' })
    // Making something is not the same twice: who asked is told that it is not known.
    kubernetes.faults.add({ kind: 'lose' })
    await expect(cluster.create(configMap('test', 'b'), { signal })).rejects.toMatchObject({
      kind: 'unreachable',
    })
    expect(kubernetes.store.find('ConfigMap', 'test', 'b')).toBeDefined()
  })

  it('are few at once, however many are wanted', async () => {
    const kubernetes = await start()
    const cluster = await open(kubernetes.kubeconfig, { concurrency: 2 })
    await cluster.apply(configMap('test', 'a'), { signal })
    kubernetes.faults.add({ kind: 'stall' }, { times: 2 })
    const ending = new AbortController()
    const asked = Array.from({ length: 10 }, () => cluster.get(target, { signal: ending.signal }))
    const settled = Promise.allSettled(asked)
    const gets = (): number => kubernetes.server.requests.filter((line) => line.startsWith('GET')).length
    await expect.poll(gets).toBe(2)
    expect(gets()).toBe(2)
    ending.abort()
    await settled
    expect(gets()).toBe(2)
  })

  it.runIf(canMakeTls)('go over TLS to the server that the kubeconfig trusts, and to no other', async () => {
    const folder = resources.use(await temporaryFolder())
    const kubernetes = await start({ tls: await makeTls(folder.path) })
    const cluster = await open(kubernetes.kubeconfig)
    expect(await cluster.get(target, { signal })).toBeNull()
    const path = join(folder.path, 'kubeconfig')
    await writeFile(path, kubeconfig(kubernetes.server.url, {}))
    const stranger = await open(path)
    await expect(stranger.get(target, { signal })).rejects.toMatchObject({ kind: 'unreachable' })
  })

  it('read the credentials again when the server no longer takes them', async () => {
    const identities = new Map<string, Identity>([['old', everybody]])
    const kubernetes = await start({ identities })
    const folder = resources.use(await temporaryFolder())
    const tokenFile = join(folder.path, 'token')
    const path = join(folder.path, 'kubeconfig')
    await writeFile(tokenFile, 'old')
    await writeFile(
      path,
      kubeconfig(kubernetes.server.url, { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } }),
    )
    const cluster = await open(path)
    expect(await cluster.get(target, { signal })).toBeNull()
    await writeFile(tokenFile, 'new')
    identities.clear()
    identities.set('new', everybody)
    expect(await cluster.get(target, { signal })).toBeNull()
    identities.clear()
    await expect(cluster.get(target, { signal })).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  it('run an exec plugin once for all that wait for its token', async () => {
    const kubernetes = await start({ identities: new Map([['of-plugin', everybody]]) })
    const folder = resources.use(await temporaryFolder())
    const path = join(folder.path, 'kubeconfig')
    const log = join(folder.path, 'runs')
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'of-plugin' },
    }
    const script = `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x'); console.log(${JSON.stringify(JSON.stringify(credential))})`
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
    }
    await writeFile(path, kubeconfig(kubernetes.server.url, { exec }))
    const cluster = await open(path)
    await Promise.all(Array.from({ length: 5 }, () => cluster.get(target, { signal })))
    expect(await readFile(log, 'utf8')).toBe('x')
  })

  it('are refused in the words of RBAC', async () => {
    const reader: Identity = {
      user: 'system:serviceaccount:codenest:platform',
      roles: [{ namespace: 'test', rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] }],
    }
    const kubernetes = await start({ identities: new Map([['t', reader]]) })
    const cluster = await open(kubernetes.kubeconfig)
    expect(await cluster.get(target, { signal })).toBeNull()
    const error: unknown = await cluster
      .apply(configMap('test', 'a'), { signal })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ClusterError)
    expect(error).toMatchObject({
      kind: 'forbidden',
      sentence:
        'configmaps "a" is forbidden: User "system:serviceaccount:codenest:platform" cannot patch resource "configmaps" in API group "" in the namespace "test"',
    })
  })

  it('never leave the paths of the API', async () => {
    const kubernetes = await start()
    const cluster = await open(kubernetes.kubeconfig)
    for (const name of ['../secrets/x', 'a/b', '', 'A', 'a?x=1', '..'])
      await expect(cluster.get({ ...target, name }, { signal })).rejects.toThrow(/is no name/)
    await expect(cluster.get({ ...target, kind: 'Elsewhere' }, { signal })).rejects.toThrow(/no kind/)
    expect(kubernetes.server.requests).toEqual([])
  })

  it('tell what is wrong with a kubeconfig', async () => {
    await expect(openTestCluster('/nonexistent/kubeconfig')).rejects.toMatchObject({
      kind: 'unauthorized',
      sentence: expect.stringContaining('/nonexistent/kubeconfig cannot be read'),
    })
  })
})

const everybody: Identity = {
  user: 'everybody',
  roles: [{ namespace: '*', rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }],
}

function kubeconfig(server: string, user: Record<string, unknown>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [
      {
        name: 'c',
        cluster: { server, ...(server.startsWith('http:') && { 'insecure-skip-tls-verify': true }) },
      },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  })
}

/** Of 127.0.0.1, signed by itself. */
async function makeTls(folder: string): Promise<{ key: string; cert: string }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=double', '-addext', 'subjectAltName=IP:127.0.0.1']
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await promisify(execFile)('openssl', ['req', ...kind, '-keyout', key, '-out', cert, ...subject])
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
}
