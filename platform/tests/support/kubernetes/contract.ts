import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Cluster, Patch } from '../../../src/engines/kubernetes/cluster/cluster.ts'
import { ClusterError } from '../../../src/engines/kubernetes/cluster/errors.ts'
import type { ClusterErrorKind } from '../../../src/engines/kubernetes/cluster/errors.ts'
import type { KubeObject, Target } from '../../../src/engines/kubernetes/cluster/objects.ts'
import type { Change } from '../../../src/engines/kubernetes/cluster/watch.ts'
import { configMap, deployment, unschedulablePod } from './manifests.ts'
import { asWorkload } from './objects.ts'
import type { Json, Stored } from './objects.ts'

const { signal } = new AbortController()

/** What the port and an API server do together; the same for the double and for a real one. */
export function describeCluster(name: string, open: () => Promise<Cluster>): void {
  describe(`cluster contract: ${name}`, () => {
    let cluster: Cluster
    const namespace = `contract-${randomBytes(4).toString('hex')}`
    beforeAll(async () => {
      cluster = await open()
      await cluster.create(namespaceManifest(namespace), { signal })
      // A namespace takes pods when it has its service account.
      const account: Target = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }
      await vi.waitUntil(() => cluster.get(account, { signal }), { timeout: 20_000 })
    })
    afterAll(async () => {
      await cluster.delete(spaceOf(namespace), { signal })
      await cluster[Symbol.asyncDispose]()
    })
    const target = (kind: string, object: string): Target => ({
      apiVersion:
        { ConfigMap: 'v1', Pod: 'v1', ResourceQuota: 'v1', Lease: 'coordination.k8s.io/v1' }[kind] ??
        'apps/v1',
      kind,
      namespace,
      name: object,
    })
    const get = async (kind: string, object: string): Promise<Stored | null> =>
      (await cluster.get(target(kind, object), { signal })) as Stored | null

    it('applies: makes, changes, leaves alone what is the same, and removes what is said no longer', async () => {
      const first = await cluster.apply(configMap(namespace, 'apply', { a: '1', b: '2' }), { signal })
      const again = await cluster.apply(configMap(namespace, 'apply', { a: '1', b: '2' }), { signal })
      expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
      const changed = await cluster.apply(configMap(namespace, 'apply', { a: '3' }), { signal })
      expect(changed['data']).toEqual({ a: '3' })
      expect((await get('ConfigMap', 'apply'))?.['data']).toEqual({ a: '3' })
    })

    it('overwrites drift by others, and leaves them what is theirs', async () => {
      await cluster.apply(configMap(namespace, 'drift', { a: '1' }), { signal })
      // Another operation is another manager, whoever does it.
      await cluster.patch(
        target('ConfigMap', 'drift'),
        { type: 'merge', value: { data: { a: 'x', theirs: 'y' } } },
        { signal },
      )
      const healed = await cluster.apply(configMap(namespace, 'drift', { a: '1' }), { signal })
      expect(healed['data']).toEqual({ a: '1', theirs: 'y' })
    })

    it('tries an apply without doing it', async () => {
      const tried = await cluster.apply(configMap(namespace, 'tried', { a: '1' }), { signal, dryRun: true })
      expect(tried['data']).toEqual({ a: '1' })
      expect(await get('ConfigMap', 'tried')).toBeNull()
    })

    it('merges lists of a pod template by their keys, and prunes their items', async () => {
      const env = [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ]
      const made = (container: Json): KubeObject => {
        const manifest = deployment(namespace, 'lists', { container })
        return { ...manifest, spec: { ...(manifest['spec'] as Json), replicas: 0 } }
      }
      const readinessProbe = { httpGet: { port: 7070 } }
      const first = { env, readinessProbe, ports: [{ containerPort: 7070 }], command: ['a', 'b'] }
      const [probed] = asWorkload((await cluster.apply(made(first), { signal })) as Stored).spec.template.spec
        .containers
      expect(probed?.readinessProbe).toMatchObject({ httpGet: { path: '/' }, periodSeconds: 10 })
      await cluster.patch(
        target('Deployment', 'lists'),
        {
          type: 'json',
          value: [
            {
              op: 'add',
              path: '/spec/template/spec/containers/0/env/-',
              value: { name: 'THEIRS', value: '3' },
            },
          ],
        },
        { signal },
      )
      await cluster.apply(made({ env: [env[1]], command: ['c'] }), { signal })
      const [container] = asWorkload((await get('Deployment', 'lists'))!).spec.template.spec.containers
      expect(container?.env).toEqual([env[1], { name: 'THEIRS', value: '3' }])
      expect(container?.ports).toBeUndefined()
      // With the defaults that the server had put into it.
      expect(container?.readinessProbe).toBeUndefined()
      expect(container?.command).toEqual(['c'])
      expect(container).toMatchObject({ imagePullPolicy: 'IfNotPresent' })
    })

    it('makes an object once', async () => {
      await cluster.create(configMap(namespace, 'once'), { signal })
      const error = await refusal(cluster.create(configMap(namespace, 'once'), { signal }), 'conflict')
      expect(error.sentence).toBe('configmaps "once" already exists')
    })

    it('says null for what is not there, and false for deleting it', async () => {
      expect(await get('ConfigMap', 'none')).toBeNull()
      expect(await cluster.delete(target('ConfigMap', 'none'), { signal })).toBe(false)
      const error = await refusal(
        cluster.patch(target('ConfigMap', 'none'), { type: 'merge', value: {} }, { signal }),
        'not_found',
      )
      expect(error.sentence).toBe('configmaps "none" not found')
    })

    it('deletes the object that was meant and no other', async () => {
      const { metadata } = await cluster.create(configMap(namespace, 'meant'), { signal })
      const other = '00000000-0000-0000-0000-000000000000'
      await refusal(cluster.delete(target('ConfigMap', 'meant'), { uid: other, signal }), 'conflict')
      expect(await cluster.delete(target('ConfigMap', 'meant'), { uid: metadata.uid!, signal })).toBe(true)
      expect(await get('ConfigMap', 'meant')).toBeNull()
    })

    it('patches what was read and not what has changed since', async () => {
      const { metadata } = await cluster.create(configMap(namespace, 'patched', { a: '1' }), { signal })
      const { resourceVersion } = metadata
      const change = {
        type: 'merge',
        value: { metadata: { resourceVersion }, data: { a: '2', b: '3' } },
      } as const
      const patched = await cluster.patch(target('ConfigMap', 'patched'), change, { signal })
      expect(patched['data']).toEqual({ a: '2', b: '3' })
      const again = { type: 'merge', value: { metadata: { resourceVersion }, data: { a: '4' } } } as const
      await refusal(cluster.patch(target('ConfigMap', 'patched'), again, { signal }), 'conflict')
      const remove = { type: 'merge', value: { data: { b: null } } } as const
      expect((await cluster.patch(target('ConfigMap', 'patched'), remove, { signal }))['data']).toEqual({
        a: '2',
      })
      const test: Patch = {
        type: 'json',
        value: [{ op: 'test', path: '/data/a', value: 'x' }],
      }
      await refusal(cluster.patch(target('ConfigMap', 'patched'), test, { signal }), 'invalid')
    })

    it('says what is wrong with an object', async () => {
      const bad = configMap(namespace, 'bad', {}, { label: 'not a value' })
      const error = await refusal(cluster.apply(bad, { signal }), 'invalid')
      expect(error.sentence).toMatch(/metadata.labels: Invalid value: "not a value"/)
      const pod = { ...unschedulablePod(namespace, 'bad'), spec: { containerz: [] } }
      const unknown = await refusal(cluster.apply(pod, { signal }), 'invalid')
      expect(unknown.sentence).toMatch(/\.spec\.containerz: field not declared in schema/)
      const elsewhere = { ...configMap(`${namespace}-none`, 'a') }
      const missing = await refusal(cluster.apply(elsewhere, { signal }), 'not_found')
      expect(missing.sentence).toBe(`namespaces "${namespace}-none" not found`)
    })

    it('lists by label over several pages', async () => {
      const labels = { list: 'yes' }
      const names = Array.from({ length: 8 }, (_, index) => `listed-${index}`)
      for (const name of names) await cluster.create(configMap(namespace, name, {}, labels), { signal })
      const listed = await cluster.list(
        { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: 'list=yes' },
        { signal },
      )
      expect(listed.map(({ metadata }) => metadata.name).sort()).toEqual(names)
      expect(listed.every(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'ConfigMap')).toBe(true)
      const some = 'list in (yes,no),!absent,list!=no'
      expect(
        await cluster.list(
          { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: some },
          { signal },
        ),
      ).toHaveLength(8)
    })

    it('watches: what is there, what changes, what goes and what comes again', async () => {
      const ending = new AbortController()
      const told: Change<string>[] = []
      await cluster.create(configMap(namespace, 'watched-1', { v: '1' }, { watch: 'yes' }), { signal })
      const watched = cluster.watch({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace,
        labelSelector: 'watch=yes',
        project: (object) => (object['data'] as Record<string, string>)['v']!,
        onChange: (change) => told.push(change),
        signal: ending.signal,
      })
      await watched.synced
      expect([...watched.items]).toEqual([['watched-1', '1']])
      const apply = (name: string, v: string, watch = 'yes'): Promise<KubeObject> =>
        cluster.apply(configMap(namespace, name, { v }, { watch }), { signal })
      await apply('watched-2', '1')
      await apply('watched-1', '2')
      await cluster.delete(target('ConfigMap', 'watched-1'), { signal })
      await apply('watched-1', '3')
      // No longer selected is no longer there.
      await apply('watched-2', '1', 'no')
      await expect
        .poll(() => told.map(({ type, name, value }) => `${type} ${name} ${value}`))
        .toEqual([
          'set watched-1 1',
          'set watched-2 1',
          'set watched-1 2',
          'deleted watched-1 2',
          'set watched-1 3',
          'deleted watched-2 1',
        ])
      expect([...watched.items]).toEqual([['watched-1', '3']])
      expect(watched.health()).toMatchObject({
        synced: true,
        connected: true,
        objects: 1,
        lists: 1,
        lastError: null,
      })
      ending.abort()
    })

    it('says in the words of the cluster that a quota is full', async () => {
      const quota: KubeObject = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'room', namespace },
        spec: { hard: { pods: '1' } },
      }
      await cluster.create(quota, { signal })
      await expect
        .poll(async () => (await get('ResourceQuota', 'room'))?.status?.['hard'])
        .toEqual({ pods: '1' })
      await cluster.create(unschedulablePod(namespace, 'fits'), { signal })
      const error = await refusal(
        cluster.create(unschedulablePod(namespace, 'too-many'), { signal }),
        'quota',
      )
      expect(error.sentence).toBe(
        'pods "too-many" is forbidden: exceeded quota: room, requested: pods=1, used: pods=1, limited: pods=1',
      )
      expect(error.message).toContain(error.sentence)
      await cluster.delete(target('ResourceQuota', 'room'), { signal })
      await cluster.delete(target('Pod', 'fits'), { signal })
      await expect.poll(() => get('Pod', 'fits')).toBeNull()
    })

    it('enforces the security floor of a namespace', async () => {
      const space = `${namespace}-floor`
      await cluster.create(namespaceManifest(space, { 'pod-security.kubernetes.io/enforce': 'restricted' }), {
        signal,
      })
      const account: Target = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: space, name: 'default' }
      await expect.poll(() => cluster.get(account, { signal })).not.toBeNull()
      await cluster.create(unschedulablePod(space, 'good'), { signal })
      const bad: KubeObject = {
        ...unschedulablePod(space, 'bad', false),
        spec: {
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
          containers: [{ name: 'runner', image: 'none:1', securityContext: { runAsUser: 0 } }],
        },
      }
      const error = await refusal(cluster.create(bad, { signal }), 'forbidden')
      expect(error.sentence).toBe(
        'pods "bad" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "runner" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "runner" must set securityContext.capabilities.drop=["ALL"]), restricted volume types (volume "host" uses restricted volume type "hostPath"), runAsNonRoot != true (pod or container "runner" must set securityContext.runAsNonRoot=true), runAsUser=0 (container "runner" must not set runAsUser=0), seccompProfile (pod or container "runner" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
      )
      await cluster.delete(spaceOf(space), { signal })
    })

    it('makes pods of a Deployment, lets go of one whose labels change, and collects what is left', async () => {
      const nowhere = { nodeSelector: { 'codenest.dev/none': 'such' } }
      const made = await cluster.apply(deployment(namespace, 'owner', { spec: nowhere }), { signal })
      const pods = (): Promise<KubeObject[]> =>
        cluster.list(
          { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app in (owner,claimed)' },
          { signal },
        )
      await expect.poll(pods).toHaveLength(1)
      const [pod] = await pods()
      const { apiVersion, kind, metadata } = made
      const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }
      await cluster.patch(
        target('Pod', pod!.metadata.name),
        { type: 'merge', value: { metadata: { labels: { app: 'claimed' }, ownerReferences: [owner] } } },
        { signal },
      )
      await expect.poll(pods).toHaveLength(2)
      await cluster.delete(target('Deployment', 'owner'), { signal, propagation: 'Foreground' })
      await expect.poll(pods).toEqual([])
      await expect.poll(() => get('Deployment', 'owner')).toBeNull()
    })

    it('has one leader at a time, and the next when it ends', async () => {
      const log: string[] = []
      const stand = (identity: string): { end: () => Promise<void> } => {
        const ending = new AbortController()
        const candidacy = cluster.lease({
          namespace,
          name: 'leader',
          identity,
          signal: ending.signal,
          onLeading: async (signal, { term }) => {
            log.push(`${identity} ${term}`)
            const { promise, resolve } = Promise.withResolvers<void>()
            signal.addEventListener('abort', () => resolve())
            await promise
            log.push(`${identity} ends`)
          },
        })
        return {
          end: () => {
            ending.abort()
            return candidacy
          },
        }
      }
      const a = stand('a')
      await expect.poll(() => log).toEqual(['a 1'])
      const b = stand('b')
      await a.end()
      await expect.poll(() => log).toEqual(['a 1', 'a ends', 'b 2'])
      await b.end()
      expect((await get('Lease', 'leader'))?.spec?.['holderIdentity'] ?? '').toBe('')
    })
  })
}

function namespaceManifest(name: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function spaceOf(name: string): Target {
  return { apiVersion: 'v1', kind: 'Namespace', name }
}

async function refusal(asked: Promise<unknown>, kind: ClusterErrorKind): Promise<ClusterError> {
  const error: unknown = await asked.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ClusterError)) throw error
  expect(error.kind).toBe(kind)
  return error
}
