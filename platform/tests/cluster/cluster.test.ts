import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeEngine, workspacesOn } from '../support/engine-contract.ts'
import type { EngineUnderTest } from '../support/engine-contract.ts'
import type { TestPage } from '../support/page.ts'
import { readClusterEnvironment } from './environment.ts'
import { install } from './install.ts'
import type { Installation } from './install.ts'

const environment = readClusterEnvironment(process.env)
const NAMESPACE = 'codenest-workspaces'
const ALL = 'deployments,services,networkpolicies,pods,replicasets'
/** Milliseconds: a real cluster takes its time. */
const PATIENCE = 120_000

let installation: Installation
beforeAll(async () => {
  installation = await install(environment)
})
afterAll(() => installation?.[Symbol.asyncDispose]())

interface KubernetesList {
  items: {
    kind: string
    metadata: { name: string; uid: string; deletionTimestamp?: string }
    spec: Record<string, unknown>
  }[]
}

const kubectl = (...args: string[]): Promise<string> => installation.kubectl('-n', NAMESPACE, ...args)
const selector = (id: string): string => `codenest.dev/workspace=${id}`
async function objects(id: string, kinds = ALL): Promise<KubernetesList['items']> {
  return (JSON.parse(await kubectl('get', kinds, '-l', selector(id), '-o', 'json')) as KubernetesList).items
}

async function podNames(label: string): Promise<string[]> {
  const names = await kubectl('get', 'pods', '-l', label, '-o', 'jsonpath={.items[*].metadata.name}')
  return names.split(' ').filter((name) => name !== '')
}

const engine = (): EngineUnderTest => ({
  owner: installation.owner,
  remains: async (id) => (await objects(id)).map(({ kind }) => kind),
})
const { create, connect, read, remove } = workspacesOn(engine)

/** What a command prints in a terminal of the workspace. */
async function shell(page: TestPage, command: string): Promise<string> {
  const { id } = await page.request('terminals.create', { cols: 200, rows: 50 })
  await page.request('terminals.attach', { id, cols: 200, rows: 50 })
  let seen = ''
  const done = page.event('terminals.output', ({ data }) => {
    seen += data
    return /<<(.*)>>/s.test(seen.replaceAll(/printf.*/g, ''))
  })
  await page.request('terminals.input', { id, data: `printf '<%s' '<'; ${command}; printf '>%s\\n' '>'\n` })
  await done
  return /<<(.*?)>>/s.exec(seen.slice(seen.lastIndexOf('<<')))?.[1]?.trim() ?? ''
}

describe('CodeNest on a real cluster', () => {
  it('was installed by its own manifests, with pods that Pod Security "restricted" accepts', async () => {
    const namespace = await installation.kubectl('get', 'namespace', NAMESPACE, '-o', 'json')
    expect(JSON.parse(namespace)).toMatchObject({
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    })
  })

  it('runs a workspace: ready, reached through the gateway, saved', async () => {
    const { id } = await create()
    const route = /ingress|httproute/i.exec(environment.routing)?.[0].toLowerCase()
    expect(
      (await objects(id, `${ALL}${route ? `,${route}` : ''}`)).map(({ kind }) => kind).toSorted(),
    ).toEqual([
      'Deployment',
      ...(route === 'httproute' ? ['HTTPRoute'] : []),
      ...(route === 'ingress' ? ['Ingress'] : []),
      'NetworkPolicy',
      'Pod',
      'ReplicaSet',
      'Service',
    ])
    using page = await connect(id)
    await page.save('a.txt', 'saved\n')
    expect(await shell(page, 'id -u')).toBe('10001')
    expect(await shell(page, 'ls /var/run/secrets/kubernetes.io 2>&1 | tail -1')).toMatch(/No such file/)
    expect(await shell(page, 'touch /usr/x 2>&1')).toMatch(/Read-only file system/)
    await remove(id)
  })

  describeEngine(engine)

  it('has the same files when its pod was deleted', async () => {
    const { id } = await create()
    {
      using page = await connect(id)
      await page.save('a.txt', 'before\n')
    }
    const [pod] = await objects(id, 'pods')
    await kubectl('delete', 'pod', pod?.metadata.name ?? '', '--wait=true')
    await expect
      .poll(async () => (await objects(id, 'pods')).map(({ metadata }) => metadata.uid), {
        timeout: PATIENCE,
      })
      .not.toContain(pod?.metadata.uid)
    await expect
      .poll(async () => (await installation.owner.workspace(id)).state, { timeout: PATIENCE })
      .toBe('running')
    expect(await read(id, 'a.txt')).toBe('before\n')
    await remove(id)
  })

  it('heals what somebody has changed', async () => {
    const { id } = await create()
    await kubectl('delete', 'networkpolicy', `ws-${id}`)
    await kubectl(
      'patch',
      'service',
      `ws-${id}`,
      '--type=merge',
      '-p',
      '{"spec":{"selector":{"app":"another"}}}',
    )
    await expect
      .poll(async () => (await objects(id, 'networkpolicies')).length, { timeout: PATIENCE })
      .toBe(1)
    await expect
      .poll(async () => JSON.stringify((await objects(id, 'services'))[0]?.spec), { timeout: PATIENCE })
      .not.toContain('another')
    await remove(id)
  })

  it('comes back when its node is drained', async () => {
    const { id } = await create()
    {
      using page = await connect(id)
      await page.save('a.txt', 'before the drain\n')
    }
    const [pod] = await objects(id, 'pods')
    const node = String(pod?.spec['nodeName'])
    try {
      const only = `--pod-selector=${selector(id)}`
      await installation.kubectl(
        'drain',
        node,
        only,
        '--ignore-daemonsets',
        '--delete-emptydir-data',
        '--timeout=120s',
      )
    } finally {
      await installation.kubectl('uncordon', node)
    }
    await expect
      .poll(async () => (await installation.owner.workspace(id)).state, { timeout: PATIENCE })
      .toBe('running')
    expect((await objects(id, 'pods')).map(({ metadata }) => metadata.uid)).not.toContain(pod?.metadata.uid)
    expect(await read(id, 'a.txt')).toBe('before the drain\n')
    await remove(id)
  })

  it('takes a pod of the warm pool', async ({ annotate }) => {
    const pool = { apiVersion: 'codenest.dev/v1', kind: 'Pool', spec: { stacks: { default: 1 } } }
    await installation.declare('pool.yaml', JSON.stringify(pool))
    const waiting = async (): Promise<number> => {
      const counts = (await installation.metrics()).map((text) =>
        Number(/^codenest_pool_waiting_pods (\d+)$/m.exec(text)?.[1]),
      )
      return Math.min(...counts)
    }
    let taken = NaN
    try {
      await expect.poll(waiting, { timeout: PATIENCE }).toBe(1)
      const names = await podNames('codenest.dev/pool')
      const begun = performance.now()
      const { id } = await create()
      taken = Math.round(performance.now() - begun)
      expect(await podNames(selector(id))).toEqual(names)
      await remove(id)
    } finally {
      await installation.declare('pool.yaml', null)
      await expect.poll(() => podNames('codenest.dev/pool'), { timeout: PATIENCE }).toEqual([])
    }
    const begun = performance.now()
    const { id } = await create()
    const untaken = Math.round(performance.now() - begun)
    await annotate(`ready after ${taken} ms with a pod of the pool, after ${untaken} ms without`)
    await remove(id)
  })

  it('goes on, with the same pods of workspaces, while the platform is upgraded, rolled back and loses its leader', async (context) => {
    context.skip(!environment.s3, 'a bucket (CODENEST_TEST_S3_ENDPOINT): upgrade, rollback and a new leader')
    const platform = (...args: string[]): Promise<string> => installation.kubectl('-n', 'codenest', ...args)
    const rolledOut = (): Promise<string> =>
      platform('rollout', 'status', 'deployment/platform', '--timeout=300s')
    const { id } = await create()
    const [pod] = await objects(id, 'pods')
    const steps: [string, () => Promise<unknown>][] = [
      ['upgraded', () => platform('set', 'env', 'deployment/platform', 'CODENEST_LOG_LEVEL=debug')],
      ['rolled back', () => platform('rollout', 'undo', 'deployment/platform')],
      [
        'without its leader',
        async () => {
          const lease = await platform(
            'get',
            'lease',
            'codenest-leader',
            '-o',
            'jsonpath={.spec.holderIdentity}',
          )
          await platform('delete', 'pod', lease.split('_')[0] ?? '', '--grace-period=0', '--force')
        },
      ],
    ]
    for (const [what, act] of steps) {
      await act()
      await rolledOut()
      await installation.reconnect()
      using page = await connect(id)
      await page.save('a.txt', `${what}\n`)
      const { id: another } = await create()
      await remove(another)
      expect(
        (await objects(id, 'pods')).map(({ metadata }) => metadata.uid),
        what,
      ).toEqual([pod?.metadata.uid])
    }
    await remove(id)
  })

  it('says that a quota is used up', async () => {
    const pods = JSON.parse(await kubectl('get', 'pods', '-o', 'json')) as KubernetesList
    await kubectl('create', 'quota', 'small', `--hard=pods=${pods.items.length}`)
    try {
      const { body } = await installation.owner.api('POST', '/workspaces', {
        source: { template: 'static-site' },
      })
      const { id } = body as { id: string }
      await expect
        .poll(async () => (await installation.owner.workspace(id)).reason?.message, { timeout: PATIENCE })
        .toMatch(/use all that they may: exceeded quota: small/)
      await remove(id)
    } finally {
      await kubectl('delete', 'quota', 'small')
    }
  })

  it('reaches neither the metadata endpoint nor addresses within the cluster', async (context) => {
    const { id } = await create()
    using page = await connect(id)
    const reach = (url: string): Promise<string> =>
      shell(page, `curl -sk -m 5 -o /dev/null -w '%{http_code}' ${url} || true`)
    const inside = await reach('https://kubernetes.default.svc/version')
    const metadata = await reach('http://169.254.169.254/')
    await remove(id)
    context.skip(
      inside !== '000',
      'NetworkPolicies, which this cluster accepts and does not enforce: the metadata endpoint',
    )
    expect(inside).toBe('000')
    expect(metadata).toBe('000')
  })
})
