import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Workspace } from '../src/protocol.ts'
import { resourceOf } from './support/kubernetes/kinds.ts'
import { until as untilStore } from './support/kubernetes/kubernetes.ts'
import { WORKSPACES } from './support/kubernetes/platform-on-kubernetes.ts'
import { startReplicas } from './support/kubernetes/replicas.ts'
import type { Replica, TestReplicas } from './support/kubernetes/replicas.ts'
import { openPage } from './support/page.ts'
import { ownerAt } from './support/platform.ts'
import type { Owner } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const WAIT = { timeout: 60_000 }

let replicas: TestReplicas
let leader: Replica
let follower: Replica

beforeAll(async () => {
  replicas = await startReplicas()
  leader = await replicas.start()
  await untilStore(replicas.cluster.kubernetes.store, () => replicas.leader() !== '')
  follower = await replicas.start()
})

afterAll(async () => {
  await follower?.platform[Symbol.asyncDispose]()
  await leader?.platform[Symbol.asyncDispose]()
  await replicas?.[Symbol.asyncDispose]()
})

async function declare(owner: Owner): Promise<string> {
  const answer = await owner.api('POST', '/workspaces', { source: { template: 'static-site' } })
  expect(answer).toMatchObject({ status: 201 })
  return (answer.body as unknown as Workspace).id
}

const deployments = (id: string): number => {
  const all = replicas.cluster.kubernetes.store.all('Deployment', WORKSPACES)
  return all.filter(({ metadata }) => metadata.name === `ws-${id}`).length
}

describe('two replicas of the platform', () => {
  it('start, save, restore and stop a workspace, whichever is asked', async () => {
    const id = await declare(follower.platform)
    await follower.platform.until(id, 'running')
    await leader.platform.until(id, 'running')
    {
      using page = await openPage(follower.platform, id)
      await page.save('a.txt', 'first\n')
      await page.save('a.txt', 'second\n')
    }
    await follower.platform.api('POST', `/workspaces/${id}/stop`)
    await follower.platform.until(id, 'stopped')
    expect(deployments(id)).toBe(0)

    const history = await follower.platform.api('GET', `/workspaces/${id}/history?path=a.txt`)
    const [, first] = history.body['entries'] as { id: string }[]
    const body = { commit: first?.id, path: 'a.txt' }
    const restored = await follower.platform.api('POST', `/workspaces/${id}/restore`, body)
    expect(restored).toMatchObject({ status: 201 })
    await leader.platform.api('POST', `/workspaces/${id}/start`)
    await follower.platform.until(id, 'running')
    const refused = await follower.platform.api('POST', `/workspaces/${id}/restore`, body)
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_stopped' } })
    using page = await openPage(follower.platform, id)
    expect((await page.request('files.read', { path: 'a.txt' })).content).toBe('first\n')
  })

  it('both say why a workspace cannot run, and either tries again', async () => {
    const { api, store } = replicas.cluster.kubernetes
    api.create(resourceOf('ResourceQuota'), WORKSPACES, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small', namespace: WORKSPACES },
      spec: { hard: { pods: String(store.all('Pod', WORKSPACES).length) } },
    })
    const id = await declare(follower.platform)
    for (const { platform } of [follower, leader])
      await expect
        .poll(async () => (await platform.workspace(id)).reason?.message, WAIT)
        .toMatch(/use all that they may: exceeded quota: small/)
    api.delete({ resource: resourceOf('ResourceQuota'), namespace: WORKSPACES, name: 'small' })
    await follower.platform.api('POST', `/workspaces/${id}/start`)
    await expect.poll(async () => (await follower.platform.workspace(id)).state, WAIT).toBe('running')
  })

  it('tell a runner at one of them of a push at the other', async () => {
    const id = await declare(leader.platform)
    await leader.platform.until(id, 'running')
    for (const [listening, pushed, branch] of [
      [leader, follower, 'one'],
      [follower, leader, 'two'],
    ] as const) {
      const { token } = await replicas.tokens.mint('git', 'runner', 600, { repository: id, session: 'none' })
      const response = await fetch(`${listening.internal}/runner/v1/events`, {
        headers: { authorization: `Bearer ${token}` },
      })
      await using folder = await temporaryFolder()
      await stockGit(folder.path, 'clone', '-q', await pushed.platform.gitUrl(id), 'work')
      const work = join(folder.path, 'work')
      await writeFile(join(work, 'pushed.txt'), branch)
      await stockGit(work, 'add', '-A')
      await stockGit(work, '-c', 'user.name=o', '-c', 'user.email=o@example.com', 'commit', '-qm', 'push')
      await stockGit(work, 'push', '-q', 'origin', `HEAD:refs/heads/${branch}`)
      const decoder = new TextDecoder()
      let text = ''
      for await (const chunk of response.body!) {
        text += decoder.decode(chunk)
        if (text.includes('event: change')) break
      }
      expect(text).toContain('event: change')
    }
  })

  it('take a launch link of each other, once', async () => {
    for (const url of [leader.platform.launchUrl(), await replicas.launchLink()]) {
      const { pathname, search } = new URL(url)
      // On a connection of its own: `fetch` asks again by itself when an old one breaks, and a link is good for one time.
      const use = async ({ platform }: Replica): Promise<number | undefined> => {
        const sent = request(`${platform.address}${pathname}${search}`, { agent: false }).end()
        const [response] = (await once(sent, 'response')) as [IncomingMessage]
        response.resume()
        return response.statusCode
      }
      expect(await use(follower)).toBe(303)
      expect(await use(leader)).toBe(401)
      expect(await use(follower)).toBe(401)
    }
  })

  it('go on with what the other has begun when that ends', async () => {
    const led = replicas.leader()
    const { store } = replicas.cluster.kubernetes
    // No pod gets a node for now, so the start is under way.
    replicas.cluster.kubernetes.cordon('node-1')
    const id = await declare(follower.platform)
    await untilStore(store, () => deployments(id) === 1)
    await expect.poll(async () => (await follower.platform.workspace(id)).state, WAIT).toBe('starting')
    const { cookie, origin } = leader.platform
    await leader.platform[Symbol.asyncDispose]()
    await untilStore(store, () => !['', led].includes(replicas.leader()))
    replicas.cluster.kubernetes.uncordon('node-1')
    await expect.poll(async () => (await follower.platform.workspace(id)).state, WAIT).toBe('running')
    ;[leader, follower] = [follower, await replicas.start()]
    // Its session is as good at the next one.
    const again = ownerAt(follower.platform.address, origin, cookie)
    expect((await again.workspace(id)).state).toBe('running')
  })
})

describe('a leader that was paused', () => {
  it('does nothing after another has taken its place', async () => {
    const { store, server } = replicas.cluster.kubernetes
    const { process: paused, owner } = await replicas.spawn(leader.platform)
    await follower.platform[Symbol.asyncDispose]()
    const led = replicas.leader()
    await leader.platform[Symbol.asyncDispose]()
    await untilStore(store, () => !['', led].includes(replicas.leader()))
    const dead = replicas.leader()
    // In the middle of a start: its pod cannot come yet.
    replicas.cluster.kubernetes.cordon('node-1')
    const id = await declare(owner)
    await untilStore(store, () => deployments(id) === 1)
    paused.kill('SIGSTOP')
    leader = await replicas.start()
    await untilStore(store, () => replicas.leader() !== dead)
    replicas.cluster.kubernetes.uncordon('node-1')
    await expect.poll(async () => (await leader.platform.workspace(id)).state, WAIT).toBe('running')
    await leader.platform.api('POST', `/workspaces/${id}/stop`)
    await leader.platform.until(id, 'stopped')
    const before = server.requests.length
    const live = replicas.leader()
    paused.kill('SIGCONT')
    // It hears that it leads no more, and shows what the one that does has done.
    await expect.poll(async () => (await owner.workspace(id)).state, WAIT).toBe('stopped')
    await expect
      .poll(() => server.requests.slice(before).some((line) => line.includes('GET /apis/coordination')), WAIT)
      .toBe(true)
    expect(deployments(id)).toBe(0)
    expect(replicas.leader()).toBe(live)
    const changes = server.requests.slice(before).filter((line) => !line.startsWith('GET'))
    expect(changes.filter((line) => line.includes(WORKSPACES))).toEqual([])
    follower = leader
  })
})
