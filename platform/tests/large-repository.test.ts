import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

/** Megabytes of history below the tip: more than a workspace waits for. */
const HISTORY = 26
let platform: TestPlatform
let upstream: Upstream
/** Whoever wants everything waits for this. */
let gate = Promise.resolve()
beforeAll(async () => {
  platform = await startPlatform({
    bare: true,
    overrides: { upstreams: { patience: 50, headStart: 0, limits: { silence: 300 } } },
  })
  upstream = await startUpstream({
    files: 5,
    before: async (path, body) => {
      if (path.endsWith('/git-upload-pack') && !/deepen 1|ls-refs/.test(await body())) await gate
    },
  })
  await using work = await temporaryFolder()
  await stockGit(work.path, 'clone', '-q', upstream.repository, 'seed')
  const seed = join(work.path, 'seed')
  await stockGit(seed, 'config', 'core.compression', '0')
  await writeFile(join(seed, 'asset.bin'), randomBytes(HISTORY * 1024 ** 2))
  await stockGit(seed, 'add', 'asset.bin')
  await stockGit(seed, 'commit', '-qm', 'An asset')
  await stockGit(seed, 'rm', '-q', 'asset.bin')
  await stockGit(seed, 'commit', '-qm', 'Without it')
  await stockGit(seed, 'push', '-q', 'origin', 'HEAD:trunk')
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function open(): Promise<{ id: string; work: string }> {
  const { body } = await platform.api('POST', '/workspaces', { source: { repository: upstream.url } })
  const id = String(body['id'])
  await platform.until(id, 'running')
  return { id, work: join(platform.dataDir, 'run', id, 'work') }
}

async function hasHistory(work: string): Promise<void> {
  await expect.poll(() => stockGit(work, 'rev-parse', '--is-shallow-repository')).toBe('false')
  await expect.poll(() => stockGit(work, 'for-each-ref', '--format=%(refname)')).toContain('origin/feature')
  expect(await stockGit(work, 'rev-list', '--count', 'HEAD')).toBe(
    await stockGit(upstream.repository, 'rev-list', '--count', 'trunk'),
  )
  await stockGit(work, 'fsck', '--strict')
}

describe('a large repository', () => {
  it('can be worked in before its history is there, which follows and loses no save', async () => {
    const arrived = Promise.withResolvers<void>()
    gate = arrived.promise
    const { id, work } = await open()
    using page = await openPage(platform, id)
    expect(page.hello.head.arriving).toBe(true)
    expect(await stockGit(work, 'rev-list', '--count', 'HEAD')).toBe('1')
    expect(await page.save('page.mjs', 'saved early\n')).toMatchObject({ state: 'durable' })
    await stockGit(work, 'config', 'user.name', 'Ada')
    await stockGit(work, 'commit', '-qam', 'Committed early')
    const early = await stockGit(work, 'rev-parse', 'HEAD')
    expect(await page.save('page.mjs', 'saved on a commit\n')).toMatchObject({ state: 'durable' })
    // Stopped and started before anything more has come.
    page.socket.disconnect()
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    using again = await openPage(platform, id)
    expect((await again.request('files.read', { path: 'page.mjs' })).content).toBe('saved on a commit\n')
    expect(await stockGit(work, 'rev-parse', 'HEAD')).toBe(early)
    expect(await stockGit(work, 'status', '--porcelain')).toBe(' M page.mjs')
    expect(await stockGit(work, 'rev-parse', '--is-shallow-repository')).toBe('true')
    const isHere = again.event('head.changed', ({ arriving }) => !arriving)
    arrived.resolve()
    await isHere
    await expect.poll(() => stockGit(work, 'rev-parse', '--is-shallow-repository')).toBe('false')
    await expect.poll(() => stockGit(work, 'for-each-ref')).toContain('origin/feature')
    expect(await stockGit(work, 'log', '-1', '--format=%s', 'HEAD~2')).toBe('An asset')
    expect(await stockGit(work, 'rev-parse', 'HEAD')).toBe(early)
    expect(await again.save('page.mjs', 'saved late\n')).toMatchObject({ state: 'durable' })
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', '--bare', await platform.gitUrl(id), 'copy')
    expect(await stockGit(join(folder.path, 'copy'), 'rev-parse', 'trunk')).toBe(early)
    await stockGit(join(folder.path, 'copy'), 'fsck', '--strict')
  })

  it('that is here already shows its tip first, too', async () => {
    const { id, work } = await open()
    using page = await openPage(platform, id)
    expect(await page.save('page.mjs', 'second\n')).toMatchObject({ state: 'durable' })
    await hasHistory(work)
    expect(await stockGit(work, 'status', '--porcelain=v2', '--branch')).toMatch(
      /# branch.upstream origin\/trunk\n# branch.ab \+0 -0\n1 .M .*page.mjs$/,
    )
  })
})
