import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { DAY, systemClock } from '../src/git/clock.ts'
import { Remotes } from '../src/git/remotes.ts'
import { Maintenance } from '../src/git/maintenance.ts'
import { ObservedStore } from '../src/metrics/observed-store.ts'
import type { StoreCalls } from '../src/metrics/observed-store.ts'
import type { Credentials } from '../src/repositories/ask-upstream.ts'
import { isWhole, UPSTREAMS } from '../src/repositories/upstream-cache.ts'
import { Upstreams } from '../src/repositories/upstreams.ts'
import type { UpstreamsOptions } from '../src/repositories/upstreams.ts'
import { DiskObjectStore } from '../src/store/disk-object-store.ts'
import { NOBODY } from './support/nobody.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream, UpstreamOptions } from './support/upstream.ts'

const log = pino({ level: 'silent' })
const stack = { current: new AsyncDisposableStack() }
afterEach(async () => {
  await stack.current.disposeAsync()
  stack.current = new AsyncDisposableStack()
})

interface Setup {
  upstream: Upstream
  upstreams: Upstreams
  remotes: Remotes
  store: ObservedStore
  /** Days that have passed. */
  later: { days: number }
  known: Map<string, Credentials>
  provide: (id: string, ref?: string, owner?: string) => Promise<string[]>
  refs: (id: string) => Promise<Record<string, string>>
}

async function setUp(server: UpstreamOptions = {}, options: Partial<UpstreamsOptions> = {}): Promise<Setup> {
  const resources = stack.current
  const { path } = resources.use(await temporaryFolder())
  const upstream = resources.use(await startUpstream({ files: 3, ...server }))
  const store = resources.use(new ObservedStore(await DiskObjectStore.open(join(path, 'store'))))
  const later = { days: 0 }
  const clock = { ...systemClock, now: () => Date.now() + later.days * DAY }
  const remotes = resources.use(await Remotes.open(store, join(path, 'cache'), clock))
  const known = new Map<string, Credentials>()
  const hosts = { ...NOBODY, find: async (owner: string) => known.get(owner) ?? null }
  const upstreams = resources.use(
    new Upstreams({
      remotes,
      allowedHosts: ['127.0.0.1'],
      hosts,
      log,
      // However slow the machine is.
      patience: 300_000,
      headStart: 0,
      ...options,
    }),
  )
  return {
    upstream,
    upstreams,
    remotes,
    store,
    later,
    known,
    async provide(id, ref, owner = 'ada') {
      const told: string[] = []
      const source = { owner, repository: upstream.url, ref }
      await upstreams.provide(id, source, ({ phase }) => told.push(phase), new AbortController().signal)
      return told
    },
    async refs(id) {
      const version = await remotes.repository(id).head()
      return version?.head.refs ?? {}
    },
  }
}

async function commit(upstream: Upstream, branch: string, files: number): Promise<string> {
  const tree = await stockGit(upstream.repository, 'rev-parse', `${branch}^{tree}`)
  let tip = await stockGit(upstream.repository, 'rev-parse', branch)
  for (let n = 0; n < files; n += 1)
    tip = await stockGit(upstream.repository, 'commit-tree', tree, '-p', tip, '-m', `Change ${n}`)
  await stockGit(upstream.repository, 'update-ref', `refs/heads/${branch}`, tip)
  return tip
}

describe('an upstream', () => {
  it('is fetched once, and forked for each workspace with a few requests', async () => {
    const { upstream, store, provide, refs, remotes } = await setUp()
    expect(await provide('first')).toContain('receiving')
    const packs = upstream.requests.filter((line) => line.startsWith('POST')).length
    const calls: StoreCalls = {}
    expect(await store.count(calls, () => provide('second', 'feature'))).toEqual([])
    expect(Object.values(calls).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(10)
    expect(upstream.requests.filter((line) => line.startsWith('POST'))).toHaveLength(packs)
    const feature = await stockGit(upstream.repository, 'rev-parse', 'feature')
    expect(await refs('second')).toMatchObject({
      'refs/heads/feature': feature,
      'refs/remotes/origin/feature': feature,
      'refs/remotes/origin/trunk': await stockGit(upstream.repository, 'rev-parse', 'trunk'),
      'refs/tags/v1.0': await stockGit(upstream.repository, 'rev-parse', 'v1.0'),
    })
    const families = new Set<string>()
    for (const id of await remotes.list()) families.add((await remotes.repository(id).head())!.head.family)
    expect(families.size).toBe(1)
  })

  it('brings what is new with the next open, and nothing else', async () => {
    const { upstream, upstreams, remotes, provide, refs } = await setUp()
    await provide('first')
    const tip = await commit(upstream, 'trunk', 3)
    await stockGit(upstream.repository, 'update-ref', '-d', 'refs/heads/feature')
    upstreams.answers.forget()
    await provide('second')
    expect(await refs('second')).toMatchObject({ 'refs/heads/trunk': tip })
    expect(Object.keys(await refs('second'))).not.toContain('refs/remotes/origin/feature')
    const { head } = (await remotes.repository('second').head())!
    expect(head.packs.map(({ objects }) => objects)).toEqual([expect.any(Number), 3])
    expect(Object.keys(await refs('first'))).toContain('refs/remotes/origin/feature')
  })

  it('is opened at a tag, a commit by its beginning, and a pull request', async () => {
    const { upstream, provide, refs, remotes } = await setUp()
    const trunk = await stockGit(upstream.repository, 'rev-parse', 'trunk')
    const feature = await stockGit(upstream.repository, 'rev-parse', 'feature')
    await stockGit(upstream.repository, 'update-ref', 'refs/pull/12/head', feature)
    await provide('tag', 'v1.0')
    expect(await refs('tag')).toMatchObject({ 'refs/heads/v1.0': trunk })
    await provide('commit', feature.slice(0, 9))
    expect(await refs('commit')).toMatchObject({ [`refs/heads/at-${feature.slice(0, 7)}`]: feature })
    await provide('pull', 'refs/pull/12/head')
    expect((await remotes.repository('pull').head())?.head.head).toBe('refs/heads/pull-12')
    expect(await refs('pull')).toMatchObject({ 'refs/heads/pull-12': feature })
    await expect(provide('none', 'deadbeef')).rejects.toThrow(/No branch or tag.*has a commit deadbeef/)
    expect(await remotes.exists('none')).toBe(false)
  })

  it('that takes long begins with its tip, and its history follows', async () => {
    const gate = Promise.withResolvers<void>()
    let tips = 0
    const { upstream, upstreams, provide, refs, remotes } = await setUp(
      {
        // Whoever wants everything has to wait.
        before: async (path, body) => {
          if (!path.endsWith('/git-upload-pack') || !/command=fetch/.test(await body())) return
          if (/deepen 1/.test(await body())) tips += 1
          else await gate.promise
        },
      },
      { patience: 10 },
    )
    await commit(upstream, 'trunk', 5)
    await Promise.all([provide('early'), provide('together')])
    // While the history is on its way.
    await provide('later')
    expect(tips).toBe(1)
    const early = (await remotes.repository('early').head())!.head
    const tip = await stockGit(upstream.repository, 'rev-parse', 'trunk')
    expect(early).toMatchObject({ shallow: [tip], refs: { 'refs/heads/trunk': tip } })
    expect(Object.keys(early.refs)).not.toContain('refs/remotes/origin/feature')
    gate.resolve()
    await upstreams.idle()
    for (const id of ['early', 'together', 'later']) {
      expect(isWhole((await remotes.repository(id).head())!.head)).toBe(true)
      expect(Object.keys(await refs(id))).toContain('refs/remotes/origin/feature')
    }
    const folder = stack.current.use(await temporaryFolder()).path
    const version = (await remotes.repository('early').head())!
    await remotes.views.use('early', version, (view) =>
      stockGit(folder, 'clone', '-q', '--bare', view, 'copy.git'),
    )
    expect(await stockGit(join(folder, 'copy.git'), 'rev-list', '--count', 'trunk')).toBe('6')
    await stockGit(join(folder, 'copy.git'), 'fsck', '--strict')
  })

  it('goes on with the history where an earlier platform was ended', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = async (path: string, body: () => Promise<string>): Promise<void> => {
      if (path.endsWith('/git-upload-pack') && !/deepen 1|ls-refs/.test(await body())) await gate.promise
    }
    const { upstream, upstreams, remotes, provide, refs } = await setUp({ before: slow }, { patience: 10 })
    await provide('early')
    await upstreams[Symbol.asyncDispose]()
    gate.resolve()
    const next = new Upstreams({ remotes, allowedHosts: ['127.0.0.1'], hosts: NOBODY, headStart: 0, log })
    next.resume('early', { owner: 'ada', repository: upstream.url, ref: undefined })
    await next.idle()
    expect(isWhole((await remotes.repository('early').head())!.head)).toBe(true)
    expect(Object.keys(await refs('early'))).toContain('refs/remotes/origin/feature')
  })

  it('that is private is kept apart for whoever may read it', async () => {
    const { upstreams, known, provide, remotes, upstream } = await setUp({ password: 'right' })
    await expect(provide('one')).rejects.toMatchObject({ code: 'repository_private' })
    known.set('ada', { username: 'ada', token: 'wrong' })
    await expect(provide('one')).rejects.toMatchObject({ code: 'repository_credentials_refused' })
    known.set('ada', { username: 'ada', token: 'right' })
    await provide('one')
    await expect(provide('two', undefined, 'eve')).rejects.toMatchObject({ code: 'repository_private' })
    known.set('bob', { username: 'bob', token: 'right' })
    upstreams.answers.forget()
    await provide('three', undefined, 'bob')
    const kept = (await remotes.list()).filter((id) => id.startsWith(UPSTREAMS))
    expect(kept).toHaveLength(2)
    expect(upstream.requests.join('\n')).not.toContain('right')
  })

  it('that nobody opens for a month is let go of', async () => {
    const { upstreams, provide, remotes, later } = await setUp()
    await provide('first')
    const kept = (await remotes.list()).find((id) => id.startsWith(UPSTREAMS))!
    await using maintenance = new Maintenance(remotes, log, (id) => upstreams.letGo(id))
    later.days = 29
    await maintenance.runOnce()
    expect(await remotes.exists(kept)).toBe(true)
    later.days = 31
    await maintenance.runOnce()
    expect(await remotes.exists(kept)).toBe(false)
    later.days = 39
    await maintenance.runOnce()
    expect(await remotes.list()).toEqual(['first'])
    upstreams.answers.forget()
    await provide('again')
    expect(await remotes.exists('again')).toBe(true)
  })
})
