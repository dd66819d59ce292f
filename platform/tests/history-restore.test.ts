import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HistoryEntry, SaveSession } from '../src/protocol.ts'
import { DiskObjectStore } from '../src/store/disk-object-store.ts'
import { createBreakableStore } from './support/breakable-store.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { ApiAnswer, TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => platform?.[Symbol.asyncDispose]())

const workOf = (id: string): string => join(platform.dataDir, 'run', id, 'work')

async function createWorkspace(): Promise<string> {
  const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
  const id = String(body['id'])
  await platform.until(id, 'running')
  return id
}

async function start(id: string): Promise<void> {
  await platform.api('POST', `/workspaces/${id}/start`)
  await platform.until(id, 'running')
  // Ready, not only running.
  ;(await openPage(platform, id))[Symbol.dispose]()
}

async function stop(id: string): Promise<void> {
  await platform.api('POST', `/workspaces/${id}/stop`)
  await platform.until(id, 'stopped')
}

const restore = (id: string, commit: string, path: string | null): Promise<ApiAnswer> =>
  platform.api('POST', `/workspaces/${id}/restore`, { commit, path })

async function history(id: string): Promise<HistoryEntry[]> {
  const { body } = await platform.api('GET', `/workspaces/${id}/history?limit=100`)
  return body['entries'] as HistoryEntry[]
}

async function strays(id: string): Promise<SaveSession[]> {
  const { body } = await platform.api('GET', `/workspaces/${id}/sessions`)
  return (body['sessions'] as SaveSession[]).filter(({ stray }) => stray)
}

/** Everything in the work tree, by path: mode, and content or target. */
async function filesOf(work: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(work, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(work.length + 1)
    if (name.split('/').includes('.git') || entry.isDirectory()) continue
    const { mode } = await lstat(path)
    found[name] = entry.isSymbolicLink()
      ? `link ${await readlink(path)}`
      : `${(mode & 0o111) === 0 ? 'file' : 'program'} ${await readFile(path, 'utf8')}`
  }
  return found
}

/** What of the clone a restore of files must not touch. */
async function standingOf(work: string): Promise<string[]> {
  return [
    await stockGit(work, 'symbolic-ref', 'HEAD'),
    await stockGit(work, 'rev-parse', 'HEAD'),
    await stockGit(work, 'ls-files', '-s'),
    await stockGit(work, 'diff', '--cached', '--raw'),
    await stockGit(work, 'stash', 'list'),
    await stockGit(work, 'for-each-ref', '--format=%(refname) %(objectname)'),
    await stockGit(work, 'config', '--get', 'user.nickname'),
    await stockGit(join(work, 'lib'), 'log', '--format=%H %s'),
    await stockGit(join(work, 'lib'), 'status', '--porcelain'),
  ]
}

describe('restoring a workspace that is stopped', () => {
  it('brings all files back, and HEAD, index, stash and configuration are as they were', async () => {
    const id = await createWorkspace()
    const work = workOf(id)
    {
      using page = await openPage(platform, id)
      await page.save('note.txt', 'committed\n')
      await stockGit(work, 'add', '.')
      await stockGit(work, 'commit', '-qm', 'Mine')
      await writeFile(join(work, 'note.txt'), 'stashed\n')
      await stockGit(work, 'stash')
      await stockGit(work, 'config', 'user.nickname', 'ada')
      await writeFile(join(work, 'run.sh'), 'echo\n')
      await chmod(join(work, 'run.sh'), 0o755)
      await symlink('note.txt', join(work, 'link'))
      await mkdir(join(work, 'deep/er'), { recursive: true })
      await writeFile(join(work, 'deep/er/file'), '1\n')
      await mkdir(join(work, 'lib'))
      await stockGit(join(work, 'lib'), 'init', '-q', '-b', 'main')
      await writeFile(join(work, 'lib/own.txt'), 'own\n')
      await stockGit(join(work, 'lib'), 'add', '.')
      await stockGit(join(work, 'lib'), 'commit', '-qm', 'Own')
      await page.save('mark.txt', 'then\n')
    }
    const then = await filesOf(work)
    await stop(id)
    // All that the terminal did is in the last save of that session.
    const [wanted] = await history(id)
    await start(id)
    await rm(join(work, 'run.sh'))
    await rm(join(work, 'deep'), { recursive: true })
    await writeFile(join(work, 'deep'), 'a file now')
    await writeFile(join(work, 'staged.txt'), 'staged\n')
    await stockGit(work, 'add', 'staged.txt')
    await writeFile(join(work, 'staged.txt'), 'and changed\n')
    {
      using page = await openPage(platform, id)
      await page.save('mark.txt', 'now\n')
      expect(await restore(id, wanted!.id, null)).toMatchObject({
        status: 409,
        body: { code: 'not_stopped' },
      })
    }
    const [now, standing, status] = [
      await filesOf(work),
      await standingOf(work),
      await stockGit(work, 'status', '--porcelain=v2'),
    ]
    await stop(id)
    const before = await history(id)

    const { status: code, body } = await restore(id, wanted!.id, null)
    expect([code, body['kind'], body['message']]).toEqual([
      201,
      'save',
      `Restore the workspace as of ${wanted!.id.slice(0, 10)}`,
    ])
    expect(body).toMatchObject({ parent: before[0]!.id, more: false })
    expect((await history(id)).map(({ id }) => id)).toEqual([body['id'], ...before.map(({ id }) => id)])
    await start(id)
    expect(await filesOf(work)).toEqual(then)
    expect(await standingOf(work)).toEqual(standing)
    {
      using page = await openPage(platform, id)
      await page.save('after.txt', 'x')
    }
    await rm(join(work, 'after.txt'))
    await stop(id)
    expect(await strays(id)).toEqual([])

    expect((await restore(id, before[0]!.id, null)).status).toBe(201)
    await start(id)
    expect(await filesOf(work)).toEqual(now)
    expect(await standingOf(work)).toEqual(standing)
    expect(await stockGit(work, 'status', '--porcelain=v2')).toBe(status)
  })

  it('brings back one file or folder alone, also by taking away what was not there', async () => {
    const id = await createWorkspace()
    const work = workOf(id)
    const first = (await history(id)).find(({ kind }) => kind === 'commit')!
    {
      using page = await openPage(platform, id)
      await page.save('src/a/one.txt', '1')
      await page.save('src/b/two.txt', '1')
      await page.save('style.css', 'mine')
    }
    const [marked] = (await history(id)) as [HistoryEntry]
    {
      using page = await openPage(platform, id)
      await page.save('src/a/one.txt', '2')
      await page.save('src/a/extra.txt', '2')
      await page.save('src/b/two.txt', '2')
    }
    await stop(id)
    const refused = await restore(id, marked.id, 'no/such')
    expect(refused).toMatchObject({ status: 404, body: { code: 'path_not_found' } })
    expect((await restore(id, '1'.repeat(40), null)).status).toBe(404)
    expect((await restore(id, marked.id, '../x')).status).toBe(400)
    expect((await restore(id, marked.id, 'src/a')).body).toMatchObject({
      paths: ['src/a/extra.txt', 'src/a/one.txt'],
    })
    expect((await restore(id, first.id, 'style.css')).status).toBe(201)
    await start(id)
    const files = await filesOf(work)
    expect(files).toMatchObject({ 'src/a/one.txt': 'file 1', 'src/b/two.txt': 'file 2' })
    expect(files).not.toHaveProperty('src/a/extra.txt')
    expect(files['style.css']).not.toBe('file mine')
    await stop(id)
    expect((await restore(id, first.id, 'src')).status).toBe(201)
    await start(id)
    expect(Object.keys(await filesOf(work)).filter((path) => path.startsWith('src'))).toEqual([])
    expect(await stockGit(work, 'status', '--porcelain')).toBe('')
  })

  it('works where nothing was ever saved', async () => {
    const id = await createWorkspace()
    await stop(id)
    const entries = await history(id)
    const commit = entries.find(({ kind }) => kind === 'commit')!
    expect((await restore(id, commit.id, null)).status).toBe(201)
    await start(id)
    expect(await stockGit(workOf(id), 'status', '--porcelain')).toBe('')
    expect(await stockGit(workOf(id), 'rev-parse', 'HEAD')).toBe(commit.id)
  })

  it('and a start at the same time lose nothing: either the restore is refused, or the start has it', async () => {
    const id = await createWorkspace()
    const work = workOf(id)
    {
      using page = await openPage(platform, id)
      await page.save('f.txt', 'old')
      await page.save('f.txt', 'new')
    }
    const versions = (await history(id)).filter(({ message }) => message === 'Save f.txt')
    for (let round = 0; round < 3; round += 1) {
      await stop(id)
      const [newest] = await history(id)
      const wanted = versions[round % 2 === 0 ? 1 : 0]!
      const [restored] = await Promise.all([
        restore(id, wanted.id, 'f.txt'),
        platform.api('POST', `/workspaces/${id}/start`),
      ])
      await start(id)
      expect([201, 409]).toContain(restored.status)
      const expected = restored.status === 201 ? String(restored.body['id']) : newest!.id
      const { body } = await platform.api('GET', `/workspaces/${id}/commits/${expected}/files/f.txt`)
      expect(await readFile(join(work, 'f.txt'), 'utf8')).toBe(body['content'])
      using page = await openPage(platform, id)
      await page.save(`round${round}.txt`, 'x')
      expect(await strays(id)).toEqual([])
    }
  })
})

it('a start waits for a restore that is under way', async () => {
  await using folder = await temporaryFolder()
  const disk = await DiskObjectStore.open(join(folder.path, 'store'))
  let gate: { reached: PromiseWithResolvers<void>; open: PromiseWithResolvers<void> } | null = null
  const store = createBreakableStore(disk)
  const put = store.putIfAbsent.bind(store)
  store.putIfAbsent = async (key, ...rest) => {
    if (gate && key.endsWith('.pack')) {
      gate.reached.resolve()
      await gate.open.promise
    }
    return put(key, ...rest)
  }
  await using slow = await startPlatform({ overrides: { store } })
  const { body } = await slow.api('POST', '/workspaces', { source: { template: 'static-site' } })
  const id = String(body['id'])
  await slow.until(id, 'running')
  {
    using page = await openPage(slow, id)
    await page.save('f.txt', 'old')
    await page.save('f.txt', 'new')
  }
  await slow.api('POST', `/workspaces/${id}/stop`)
  await slow.until(id, 'stopped')
  const listed = await slow.api('GET', `/workspaces/${id}/history`)
  const old = (listed.body['entries'] as HistoryEntry[]).filter(({ message }) => message === 'Save f.txt')[1]!
  gate = { reached: Promise.withResolvers(), open: Promise.withResolvers() }
  const restoring = slow.api('POST', `/workspaces/${id}/restore`, { commit: old.id, path: null })
  await gate.reached.promise
  const second = await slow.api('POST', `/workspaces/${id}/restore`, { commit: old.id, path: null })
  expect(second).toMatchObject({ status: 409, body: { code: 'busy' } })
  // The fleet repository takes packs, too.
  const { open } = gate
  gate = null
  expect((await slow.api('POST', `/workspaces/${id}/start`)).body['state']).toBe('starting')
  await slow.until(id, 'starting')
  expect(await readdir(join(slow.dataDir, 'run'))).not.toContain(id)
  open.resolve()
  expect((await restoring).status).toBe(201)
  await slow.until(id, 'running')
  using page = await openPage(slow, id)
  expect(await page.request('files.read', { path: 'f.txt' })).toMatchObject({ content: 'old' })
})
