import { access, mkdir, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Workspace } from '../src/protocol.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { startUpstream } from './support/upstream.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform({ bare: true })
})
afterAll(() => platform[Symbol.asyncDispose]())

async function create(body: object): Promise<Workspace> {
  const answer = await platform.api('POST', '/workspaces', body)
  expect(answer).toMatchObject({ status: 201 })
  return platform.until((answer.body as { id: string }).id, 'running')
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** The process that has a disk of the platform and is not the workspace's. */
async function findSpare(dataDir: string, used: string): Promise<number> {
  const disks = join(dataDir, 'run', '.disks')
  const find = async (): Promise<number | null> => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
    const at = folders.findIndex((folder) => folder.startsWith(`${disks}/`) && !folder.startsWith(used))
    return at === -1 ? null : Number(pids[at])
  }
  return vi.waitUntil(find, { timeout: 60_000 })
}

/** A request to an app's own origin. */
async function visit(
  host: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: string }> {
  const { hostname, port } = new URL(platform.address)
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, headers: { host, ...headers } }, (response) => {
      const { statusCode: status = 0 } = response
      void text(response).then((body) => resolve({ status, headers: response.headers, body }), reject)
    })
    sent.once('error', reject)
    sent.end()
  })
}

describe('a workspace from a template', () => {
  it('keeps every save in its remote, and comes back from there alone', async () => {
    const { id, remoteUrl } = await create({
      name: 'first',
      source: { template: 'node-express', parameters: { name: 'shop' } },
    })
    expect(remoteUrl).toBe(`${platform.origin}/git/${id}.git`)
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl(id), 'clone')
    const clone = join(folder.path, 'clone')
    const before = await stockGit(clone, 'rev-parse', 'HEAD')
    {
      using page = await openPage(platform, id)
      expect(page.hello).toMatchObject({ workspace: id, head: { branch: 'main', commit: before } })
      const content = 'export const answer = 42\n'
      const { commit, ref } = await page.save('src/answer.ts', content)
      await stockGit(clone, 'fetch', '-q', await platform.gitUrl(id), ref)
      expect(await stockGit(clone, 'rev-parse', 'FETCH_HEAD')).toBe(commit)
      expect(`${await stockGit(clone, 'show', 'FETCH_HEAD:src/answer.ts')}\n`).toBe(content)
      expect(await stockGit(clone, 'ls-remote', await platform.gitUrl(id), 'HEAD')).toContain(before)
    }
    expect((await platform.api('POST', `/workspaces/${id}/stop`)).status).toBe(202)
    await platform.until(id, 'stopped')
    expect(await isThere(join(platform.dataDir, 'run', id))).toBe(false)
    const { entries } = (await platform.api('GET', `/workspaces/${id}/history`)).body as {
      entries: { message: string }[]
    }
    expect(entries[0]?.message).toBe('Save src/answer.ts')
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    using page = await openPage(platform, id)
    expect((await page.request('files.read', { path: 'src/answer.ts' })).content).toBe(
      'export const answer = 42\n',
    )
    expect(page.hello.head).toEqual({ branch: 'main', commit: before, arriving: false })
    const work = join(platform.dataDir, 'run', id, 'work')
    expect(await stockGit(work, 'status', '--porcelain')).toBe('?? src/answer.ts')
  })

  it('saves what a terminal changed, before it stops', async () => {
    const { id } = await create({ source: { template: 'static-site' } })
    using page = await openPage(platform, id)
    const { id: terminal } = await page.request('terminals.create', { cols: 80, rows: 24 })
    await page.request('terminals.attach', { id: terminal, cols: 80, rows: 24 })
    const done = page.event('terminals.output', ({ data }) => /^DONE/m.test(data))
    await page.request('terminals.input', {
      id: terminal,
      data: 'echo made > made.txt; rm style.css; echo DONE\n',
    })
    await done
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    const work = join(platform.dataDir, 'run', id, 'work')
    expect(await readFile(join(work, 'made.txt'), 'utf8')).toBe('made\n')
    expect(await isThere(join(work, 'style.css'))).toBe(false)
  })

  it('refuses paths that leave the workspace, and events of the wrong shape', async () => {
    const { id } = await create({ source: { template: 'static-site' } })
    using page = await openPage(platform, id)
    const work = join(platform.dataDir, 'run', id, 'work')
    const { symlink } = await import('node:fs/promises')
    await symlink('/etc', join(work, 'outside'))
    for (const path of ['../secret', '/etc/passwd', 'a/../../x', 'a//b', '.git/config', 'a\0b'])
      expect(await page.refusal('files.read', { path }), path).toBe('bad_request')
    expect(await page.refusal('files.read', { path: 'outside/passwd' })).toBe('outside_workspace')
    const save = { saveId: 'x', path: 'outside/codenest', content: 'x', baseVersion: null }
    expect(await page.refusal('saves.save', save)).toBe('outside_workspace')
    expect(await isThere('/etc/codenest')).toBe(false)
    for (const payload of [null, undefined, 'x', {}, { path: 1 }, { path: 'a', extra: true }])
      expect(await page.refusal('files.read', payload)).toBe('bad_request')
    expect(await page.refusal('nothing.known', {})).toBe('bad_request')
  })

  it('shows its app at an origin of its own, to nobody but its owner', async () => {
    const { id } = await create({
      source: { template: 'python-fastapi', parameters: { server: 'standard-library' } },
    })
    using page = await openPage(platform, id)
    const open = page.event('ports.changed', (ports) => ports.some(({ port }) => port === 8000))
    await page.request('run.start', { cols: 80, rows: 24 })
    await open
    const host = `8000--${id}.${new URL(platform.origin).host}`
    expect((await visit(host, '/')).status).toBe(401)
    expect((await visit(host, '/', { accept: 'text/html' })).headers['location']).toBe(
      `${platform.origin}/open?workspace=${id}&port=8000&path=%2F`,
    )
    const preview = (await platform.api('POST', `/workspaces/${id}/previews`, { port: 8000 })).body as Record<
      string,
      string
    >
    expect(preview['origin']).toBe(`http://${host}`)
    const ticket = preview['url']!.slice(preview['origin']!.length)
    const entered = await visit(host, ticket)
    expect(entered.status).toBe(303)
    const cookie = String(entered.headers['set-cookie'])
    expect(cookie).toMatch(/^__Host-codenest-preview=.*HttpOnly; Secure; SameSite=None; Partitioned$/)
    expect((await visit(host, ticket)).status).toBe(401)
    const session = { cookie: `${cookie.split(';')[0]}; own=1` }
    expect((await visit(host, '/', session)).body).toContain('Hello from Python')
    expect((await visit(host, '/api/time', session)).headers['content-type']).toBe('application/json')
    expect((await visit(`8001--${id}.${new URL(platform.origin).host}`, '/', session)).status).toBe(401)
    await page.request('run.stop', {})
  })

  it('follows the fleet repository', async () => {
    const { id } = await create({ name: 'declared', source: { template: 'static-site' } })
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
    const fleet = join(folder.path, 'fleet')
    const file = join(fleet, 'workspaces', 'owner', `${id}.yaml`)
    const declared = await readFile(file, 'utf8')
    const push = async (text: string): Promise<void> => {
      await writeFile(file, text)
      await stockGit(fleet, 'commit', '-qam', 'declare')
      await stockGit(fleet, 'push', '-q')
    }
    await push(declared.replace('running: true', 'running: false'))
    await platform.until(id, 'stopped')
    await push(declared)
    await platform.until(id, 'running')
    await mkdir(join(fleet, 'workspaces', 'owner'), { recursive: true })
    await writeFile(
      join(fleet, 'workspaces', 'owner', 'by-push.yaml'),
      declared.replace('name: declared', 'name: by-push'),
    )
    await stockGit(fleet, 'add', '-A')
    await stockGit(fleet, 'commit', '-qm', 'another')
    await stockGit(fleet, 'push', '-q')
    await platform.until('by-push', 'running')
    await rm(file)
    await stockGit(fleet, 'commit', '-qam', 'gone')
    await stockGit(fleet, 'push', '-q')
    await expect.poll(async () => (await platform.api('GET', `/workspaces/${id}`)).status).toBe(404)
    await expect.poll(() => isThere(join(platform.dataDir, 'run', id))).toBe(false)
  })

  it('is gone when it was deleted, and its name is free', async () => {
    const { id } = await create({ name: 'short-lived', source: { template: 'static-site' } })
    const url = await platform.gitUrl(id)
    expect((await platform.api('DELETE', `/workspaces/${id}`)).status).toBe(204)
    expect((await platform.api('GET', `/workspaces/${id}`)).status).toBe(404)
    await expect.poll(() => isThere(join(platform.dataDir, 'run', id))).toBe(false)
    await expect(stockGit('/', 'ls-remote', url)).rejects.toThrow(/not found/)
    const again = await create({ name: 'short-lived', source: { template: 'static-site' } })
    expect(again).toMatchObject({ name: 'short-lived' })
    expect(again.id).not.toBe(id)
  })
})

describe('a workspace from a repository', () => {
  it('has its branches, tags and files, and knows where it came from', async () => {
    await using upstream = await startUpstream()
    const { id, run, ports } = await create({ source: { repository: upstream.url } })
    expect({ run, ports }).toEqual({ run: 'npm run dev', ports: [4321] })
    const work = join(platform.dataDir, 'run', id, 'work')
    const refs = '--format=%(objectname) %(refname:lstrip=2)'
    expect(await stockGit(work, 'for-each-ref', refs, 'refs/tags')).toBe(
      await stockGit(upstream.repository, 'for-each-ref', refs, 'refs/tags'),
    )
    expect(await stockGit(work, 'status', '--porcelain=v2', '--branch')).toMatch(
      /# branch.upstream origin\/trunk\n# branch.ab \+0 -0$/,
    )
    expect(await stockGit(work, 'remote', 'get-url', 'origin')).toBe(upstream.url)
    expect(await stockGit(work, 'rev-parse', 'origin/feature')).toBe(
      await stockGit(upstream.repository, 'rev-parse', 'feature'),
    )
    expect((await stockGit(work, 'ls-files')).split('\n')).toHaveLength(405)
    await stockGit(work, 'fsck', '--strict')
    using page = await openPage(platform, id)
    expect((await page.request('files.index', {})).paths).toContain('docs/ünï cödé.md')
  })

  it('works on the branch that was asked for', async () => {
    await using upstream = await startUpstream()
    const { id } = await create({ source: { repository: upstream.url, ref: 'feature' } })
    using page = await openPage(platform, id)
    expect(page.hello.head.branch).toBe('feature')
    expect((await page.request('files.read', { path: 'feature.txt' })).content).toBe('only on the branch\n')
  })

  it.each([
    ['project.git', 'nowhere', /no branch or tag named "nowhere"/],
    ['nothing.git', undefined, /no repository at/],
  ])('says why %s at %s cannot be opened', async (path, ref, reason) => {
    await using upstream = await startUpstream()
    const repository = upstream.url.replace('project.git', path)
    const before = (await platform.api('GET', '/workspaces')).body
    const { status, body } = await platform.api('POST', '/workspaces', { source: { repository, ref } })
    expect(status).toBe(422)
    expect(body['detail']).toMatch(reason)
    expect((await platform.api('GET', '/workspaces')).body).toEqual(before)
  })
})

it('starts a workspace although the runner that was started in advance was killed', async () => {
  await using own = await startPlatform({ bare: true, env: { CODENEST_SPARE_RUNNER: 'true' } })
  const start = async (): Promise<string> => {
    const { body } = await own.api('POST', '/workspaces', { source: { template: 'static-site' } })
    return (await own.until(String(body['id']), 'running')).id
  }
  const used = join(own.dataDir, 'run', await start())
  const spare = await findSpare(own.dataDir, await realpath(used))
  process.kill(spare, 'SIGKILL')
  await expect.poll(() => isThere(`/proc/${spare}/cwd`)).toBe(false)
  await start()
})

it('starts a stopped one when its page is asked for, before that has loaded', async () => {
  const { id } = await create({ name: 'visited', source: { template: 'static-site' } })
  await platform.api('POST', `/workspaces/${id}/stop`)
  await platform.until(id, 'stopped')
  const open = async (headers: Record<string, string>): Promise<void> => {
    const { host } = new URL(platform.origin)
    const signedIn = { cookie: platform.cookie, accept: 'text/html' }
    expect(await visit(host, `/w/${id}`, { ...signedIn, ...headers })).toMatchObject({ status: 200 })
  }
  // A frame, or a browser that fetches in advance, is nobody who wants to work.
  await open({ 'sec-fetch-dest': 'iframe' })
  await open({ 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch' })
  expect((await platform.workspace(id)).state).toBe('stopped')
  await open({ 'sec-fetch-dest': 'document' })
  await platform.until(id, 'running')
})

it('finds everything as it was at the next start', async () => {
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  const first = await startPlatform({ dataDir, bare: true })
  const { body } = await first.api('POST', '/workspaces', {
    name: 'kept',
    source: { template: 'static-site' },
  })
  const { id } = body as { id: string }
  await first.until(id, 'running')
  {
    using page = await openPage(first, id)
    await page.save('index.html', '<h1>kept</h1>')
  }
  await expect(startPlatform({ dataDir, bare: true })).rejects.toThrow(/CODENEST_DATA_DIR .* is in use/)
  await first.stop()
  expect(await isThere(join(dataDir, 'run', id))).toBe(false)
  await using second = await startPlatform({ dataDir, bare: true })
  await second.until(id, 'running')
  using page = await openPage(second, id)
  expect((await page.request('files.read', { path: 'index.html' })).content).toBe('<h1>kept</h1>')
})
