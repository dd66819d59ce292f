import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeFile } from 'node:fs/promises'
import type { GitObserver } from '../src/git/git-observer.ts'
import { packet, FLUSH } from '../src/git/pkt-line.ts'
import type { PushTrace } from '../src/git/push-trace.ts'
import { observeGit } from '../src/metrics/git-metrics.ts'
import type { StoreCalls } from '../src/metrics/observed-store.ts'
import { Registry } from '../src/metrics/registry.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

/** What each push asked of the store, and what was asked of it in all. */
const pushes: { trace: PushTrace; calls: StoreCalls }[] = []
let server: GitServer
beforeAll(async () => {
  server = await startGitServer({
    observer: (_remotes, store): GitObserver => ({
      request() {},
      push(_repository, trace, work) {
        const calls: StoreCalls = {}
        pushes.push({ trace, calls })
        return store.count(calls, work)
      },
    }),
  })
})
afterAll(() => server[Symbol.asyncDispose]())

it('a push asks the store for one conditional read, two writes and one swap; a warm ls-refs for one read', async () => {
  await using folder = await temporaryFolder()
  await server.remotes.create('budget', { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
  await stockGit(folder.path, 'init', '-q', '-b', 'main', 'work')
  const work = join(folder.path, 'work')
  await stockGit(work, 'remote', 'add', 'origin', server.url('budget'))
  for (const text of ['one', 'two', 'three']) {
    await writeFile(join(work, 'a.txt'), text)
    await stockGit(work, 'add', '-A')
    await stockGit(work, 'commit', '-qm', text)
    pushes.length = 0
    await stockGit(work, 'push', '-q', 'origin', 'main')
    expect(pushes.map(({ calls }) => calls)).toEqual([
      { get_if_changed: 1, put_if_absent: 2, put_if_match: 1 },
    ])
    expect(pushes[0]?.trace).toMatchObject({
      by: 'test',
      outcome: 'ok',
      refs: ['refs/heads/main'],
      objects: 3,
    })
    expect(Object.keys(pushes[0]?.trace.stages ?? {})).toEqual(['receive', 'connect', 'upload', 'publish'])
  }
  pushes.length = 0
  await stockGit(work, 'push', '-q', 'origin', 'main:other', 'main:another')
  await stockGit(work, 'push', '-q', 'origin', ':other')
  expect(pushes.map(({ calls }) => calls)).toEqual([
    { get_if_changed: 1, put_if_match: 1 },
    { get_if_changed: 1, put_if_match: 1 },
  ])
  // One that is behind stores nothing.
  await stockGit(work, 'commit', '-q', '--allow-empty', '-m', 'four')
  pushes.length = 0
  await expect(
    stockGit(work, 'push', '-q', '--force-with-lease=main:main~2', 'origin', 'main'),
  ).rejects.toThrow(/stale info/)
  expect(pushes.every(({ calls }) => calls.put_if_absent === undefined)).toBe(true)

  const calls: StoreCalls = {}
  const version = await server.remotes.repository('budget').head()
  await server.store.count(calls, async () => {
    await server.remotes.repository('budget').head()
  })
  expect(calls).toEqual({ get_if_changed: 1 })
  const listed = await fetch(`${server.url('budget')}/git-upload-pack`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-git-upload-pack-request', 'git-protocol': 'version=2' },
    body: Buffer.concat([packet('command=ls-refs\n'), Buffer.from('0001'), packet('peel\n'), FLUSH]),
  })
  expect(await listed.text()).toContain(version?.head.refs['refs/heads/main'])
})

it('writes one line per push, with what it asked of the store', async () => {
  await using folder = await temporaryFolder()
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) })
  await using logged = await startGitServer({
    observer: (remotes, store) => observeGit(remotes, store, new Registry(), log),
  })
  await logged.remotes.create('r', { head: 'refs/heads/main', refs: {}, pack: null, by: 'test' })
  await stockGit(folder.path, 'init', '-q', '-b', 'main', 'work')
  const work = join(folder.path, 'work')
  await stockGit(work, 'commit', '-q', '--allow-empty', '-m', 'one')
  await stockGit(work, 'push', '-q', logged.url('r'), 'main')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    msg: 'push',
    repository: 'r',
    by: 'test',
    outcome: 'ok',
    refs: ['refs/heads/main'],
    refCount: 1,
    objects: 2,
    storeCalls: { get_if_changed: 1, put_if_absent: 2, put_if_match: 1 },
  })
  expect(Object.keys(lines[0]?.['milliseconds'] ?? {})).toEqual([
    'total',
    'receive',
    'connect',
    'upload',
    'publish',
  ])
})
