import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../src/engines/kubernetes/cluster/cluster.ts'
import type { Json } from './support/kubernetes/objects.ts'
import { resourceOf } from './support/kubernetes/kinds.ts'
import { startKubernetes } from './support/kubernetes/kubernetes.ts'
import type { Kubernetes } from './support/kubernetes/kubernetes.ts'
import { openTestCluster } from './support/kubernetes/open-test-cluster.ts'

const LEASE = resourceOf('Lease')
const HOLDER = fileURLToPath(new URL('support/kubernetes/lease-holder.ts', import.meta.url))
const address = { resource: LEASE, namespace: 'default', name: 'leader' }

describe('a lease', () => {
  let kubernetes: Kubernetes
  let resources: AsyncDisposableStack
  /** Who leads now; two at once would be the end of it. */
  let leading: Set<string>
  let log: string[]
  beforeEach(async () => {
    resources = new AsyncDisposableStack()
    kubernetes = resources.use(await startKubernetes())
    leading = new Set()
    log = []
  })
  afterEach(() => resources.disposeAsync())

  const stand = async (
    identity: string,
    work?: (signal: AbortSignal) => Promise<void>,
  ): Promise<{ end: () => Promise<void>; cluster: Cluster }> => {
    const cluster = resources.use(await openTestCluster(kubernetes.kubeconfig))
    const ending = new AbortController()
    const candidacy = cluster.lease({
      namespace: 'default',
      name: 'leader',
      identity,
      signal: ending.signal,
      onLeading: async (signal, { term, isHeld }) => {
        const others = leading.size > 0 ? ` beside ${[...leading].join()}` : ''
        leading.add(identity)
        log.push(`${identity} leads ${term}${isHeld() ? '' : ' without holding it'}${others}`)
        try {
          await (work ?? aborted)(signal)
        } finally {
          leading.delete(identity)
          log.push(`${identity} ends`)
        }
      },
    })
    return {
      cluster,
      end: () => {
        ending.abort()
        return candidacy
      },
    }
  }
  const spec = (): Json => kubernetes.store.find('Lease', 'default', 'leader')?.spec ?? {}

  it('passes from one of three to the next, one at a time', async () => {
    const candidates = [await stand('a'), await stand('b'), await stand('c')]
    const byName = new Map(['a', 'b', 'c'].map((name, index) => [name, candidates[index]!]))
    let last = 0
    while (byName.size > 0) {
      await expect.poll(() => leading.size).toBe(1)
      const [leader = ''] = leading
      expect(spec()).toMatchObject({ holderIdentity: leader, leaseTransitions: expect.any(Number) })
      expect(spec()['leaseTransitions']).toBeGreaterThan(last)
      last = Number(spec()['leaseTransitions'])
      await byName.get(leader)!.end()
      byName.delete(leader)
    }
    expect(log.filter((line) => line.includes('beside'))).toEqual([])
    expect(spec()['holderIdentity']).toBe('')
  })

  it('is renewed until the work has ended, and given up only then', async () => {
    const work = Promise.withResolvers<void>()
    const a = await stand('a', () => work.promise)
    await expect.poll(() => [...leading]).toEqual(['a'])
    const b = await stand('b')
    const ended = a.end()
    const renewed = spec()['renewTime']
    // Longer than the lease lasts by itself.
    await expect
      .poll(() => Date.parse(String(spec()['renewTime'])) - Date.parse(String(renewed)))
      .toBeGreaterThan(2500)
    expect([...leading]).toEqual(['a'])
    work.resolve()
    await ended
    await expect.poll(() => [...leading]).toEqual(['b'])
    expect(log).toEqual(['a leads 1', 'a ends', 'b leads 2'])
    await b.end()
  })

  it('stands again after work that failed', async () => {
    let count = 0
    const a = await stand('a', async (signal) => {
      count += 1
      if (count < 3) throw new Error('the work fails')
      await aborted(signal)
    })
    await expect.poll(() => log.at(-1)).toBe('a leads 3')
    await a.end()
  })

  const renewal = async (): Promise<void> => {
    const before = spec()['renewTime']
    await expect.poll(() => spec()['renewTime']).not.toBe(before)
  }

  /** Only what the holder writes: its own identity is in it. */
  const spoilRenewals = (kind: 'reset' | 'stall' | 'lose'): Disposable =>
    kubernetes.faults.add(
      { kind },
      {
        times: Infinity,
        matches: ({ method, body }) =>
          method === 'PATCH' && ((body as Json)['spec'] as Json)['holderIdentity'] === 'a',
      },
    )

  it.each(['reset', 'stall'] as const)(
    'ends a leadership that cannot be renewed (%s) before anybody else leads',
    async (kind) => {
      const a = await stand('a')
      await expect.poll(() => [...leading]).toEqual(['a'])
      const b = await stand('b')
      await renewal()
      using _ = spoilRenewals(kind)
      await expect.poll(() => log).toEqual(['a leads 1', 'a ends', 'b leads 2'])
      await Promise.all([a.end(), b.end()])
    },
  )

  it('is not led again before the work of a leadership that was lost has ended', async () => {
    const work = Promise.withResolvers<void>()
    let lost = false
    const a = await stand('a', (signal) => {
      if (lost) return aborted(signal)
      signal.addEventListener('abort', () => (lost = true))
      return work.promise
    })
    await expect.poll(() => [...leading]).toEqual(['a'])
    const spoiled = spoilRenewals('reset')
    await expect.poll(() => lost).toBe(true)
    spoiled[Symbol.dispose]()
    // Somebody else can lead meanwhile.
    const b = await stand('b')
    await expect.poll(() => log.at(-1)).toBe('b leads 2 beside a')
    await b.end()
    expect(log).toEqual(['a leads 1', 'b leads 2 beside a', 'b ends'])
    work.resolve()
    await expect.poll(() => log.at(-1)).toBe('a leads 3')
    await a.end()
  })

  it('is not taken by another while renewals come through of which the holder does not hear', async () => {
    const a = await stand('a')
    await expect.poll(() => [...leading]).toEqual(['a'])
    const b = await stand('b')
    const spoiled = spoilRenewals('lose')
    // The holder cannot know, so it stops, and stands again for what nobody else could take.
    await expect.poll(() => log).toContain('a ends')
    spoiled[Symbol.dispose]()
    await expect.poll(() => log.at(-1)).toMatch(/^[ab] leads/)
    await Promise.all([a.end(), b.end()])
  })

  it('outlives an API server that is away for less than the lease', async () => {
    const a = await stand('a')
    await expect.poll(() => [...leading]).toEqual(['a'])
    const renewed = spec()['renewTime']
    kubernetes.faults.add({ kind: 'refuse', status: 500 }, { times: 3 })
    await expect.poll(() => spec()['renewTime']).not.toBe(renewed)
    await expect.poll(() => Number(spec()['leaseTransitions'])).toBe(1)
    expect(log).toEqual(['a leads 1'])
    await a.end()
  })

  it.each([
    ['an hour slow', -3_600_000],
    ['an hour fast', 3_600_000],
  ])('does not believe the clock of a holder that is %s', async (_, skew) => {
    const renew = (): void => {
      const time = new Date(Date.now() + skew).toISOString().replace('Z', '000Z')
      const held = { holderIdentity: 'other', leaseDurationSeconds: 2, leaseTransitions: 7, renewTime: time }
      kubernetes.api.update(address, (lease) => ({ ...lease, spec: held }))
    }
    kubernetes.api.create(LEASE, 'default', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader' },
      spec: {},
    })
    renew()
    const renewing = setInterval(renew, 20)
    const a = await stand('a')
    const looks = (): number => kubernetes.server.requests.filter((line) => /^GET .*leases/.test(line)).length
    // Twice as long as the lease lasts.
    await expect.poll(looks).toBeGreaterThan(80)
    expect(log).toEqual([])
    clearInterval(renewing)
    const began = performance.now()
    await expect.poll(() => log).toEqual(['a leads 8'])
    expect(performance.now() - began).toBeGreaterThan(1900)
    await a.end()
  })

  it('is not led by a process that was paused while another took it', async () => {
    await using holder = startHolder(kubernetes.kubeconfig, 'paused')
    await expect.poll(() => holder.said()).toEqual(['leads true'])
    const b = await stand('b')
    holder.signal('SIGSTOP')
    await expect.poll(() => log).toEqual(['b leads 2'])
    holder.signal('SIGCONT')
    await expect.poll(() => holder.said()).toContain('ends false')
    expect(holder.said()).not.toContain('acts')
    expect(log).toEqual(['b leads 2'])
    expect(spec()['holderIdentity']).toBe('b')
    await b.end()
    await expect.poll(() => holder.said().at(-1)).toBe('leads true')
  })
})

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve())
  return promise
}

function startHolder(
  kubeconfig: string,
  identity: string,
): { said: () => string[]; signal: (name: NodeJS.Signals) => void } & AsyncDisposable {
  const child = spawn(process.execPath, [HOLDER, kubeconfig, identity], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  return {
    said: () =>
      output
        .trim()
        .split('\n')
        .filter((line) => line !== ''),
    signal: (name) => child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
