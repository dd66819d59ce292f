import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadKeys } from '../src/access/keys.ts'
import { createTokens } from '../src/access/tokens.ts'
import type { HistoryEntry, ReadLink, SharedHistory } from '../src/protocol.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { readZip } from './support/read-zip.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

let platform: TestPlatform
let id: string
/** A commit on a branch that the workspace has left. */
let hidden: string
beforeAll(async () => {
  platform = await startPlatform({ bare: true })
  const { body } = await platform.api('POST', '/workspaces', {
    name: 'shown',
    source: { template: 'static-site' },
  })
  id = String(body['id'])
  await platform.until(id, 'running')
  using page = await openPage(platform, id)
  const work = workOf(id)
  await stockGit(work, 'checkout', '-qb', 'hidden')
  await writeFile(join(work, 'plans.txt'), 'hidden\n')
  await stockGit(work, 'add', '.')
  await stockGit(work, 'commit', '-qm', 'Hidden plans')
  hidden = await stockGit(work, 'rev-parse', 'HEAD')
  await page.save('style.css', 'then {}\n')
  await stockGit(work, 'checkout', '-q', '-f', 'main')
  await page.save('deep/er/note.txt', 'first\n')
  await page.save('deep/er/note.txt', 'second\n')
  await page.save('picture.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
  // Nothing more is saved meanwhile, and a link starts nothing.
  await platform.api('POST', `/workspaces/${id}/stop`)
  await platform.until(id, 'stopped')
})
afterAll(async () => platform?.[Symbol.asyncDispose]())

const workOf = (workspace: string): string => join(platform.dataDir, 'run', workspace, 'work')

async function share(history = false, minutes = 60): Promise<ReadLink & { token: string }> {
  const { status, body } = await platform.api('POST', `/workspaces/${id}/links`, { minutes, history })
  expect(status).toBe(201)
  const link = body as unknown as ReadLink
  return { ...link, token: tokenOf(link) }
}
function tokenOf({ url }: ReadLink): string {
  return new URL(url).pathname.replace('/shared/', '')
}
/** As somebody who is not signed in. */
async function look(token: string, path = ''): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${platform.address}/api/v1/shared/${token}${path}`)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
async function history(workspace: string): Promise<HistoryEntry[]> {
  const { body } = await platform.api('GET', `/workspaces/${workspace}/history?limit=100`)
  return body['entries'] as HistoryEntry[]
}

describe('a link to read a workspace', () => {
  it('shows the files of the newest save to anybody, and is told to nobody else', async () => {
    const { token, url } = await share()
    const [newest] = await history(id)
    expect(await look(token)).toMatchObject({
      status: 200,
      body: { name: 'shown', owner: 'owner', history: false, commit: newest!.id, viewer: null },
    })
    const { body } = await look(token, '/folder')
    const names = (body['entries'] as { name: string }[]).map(({ name }) => name)
    expect(names.slice(0, 2)).toEqual(['deep', '.gitignore'])
    expect(names).not.toContain('plans.txt')
    expect((await look(token, '/folder?path=deep/er')).body).toEqual({
      entries: [{ name: 'note.txt', kind: 'file' }],
      truncated: false,
    })
    expect((await look(token, '/text?path=deep/er/note.txt')).body).toEqual({
      content: 'second\n',
      problem: null,
    })
    const page = await fetch(url.replace('localhost', '127.0.0.1'), { headers: { host: 'localhost' } })
    expect(page.status).toBe(200)
    const api = await fetch(`${platform.address}/api/v1/shared/${token}`)
    for (const { headers } of [page, api]) {
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-robots-tag')).toContain('noindex')
      expect(headers.get('cache-control')).toBe('no-store')
    }
    // What is shown as an image cannot do anything on this origin.
    const image = await fetch(`${platform.address}/api/v1/shared/${token}/raw?path=picture.svg`)
    expect(image.headers.get('content-type')).toBe('image/svg+xml')
    expect(image.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
    const script = await fetch(`${platform.address}/api/v1/shared/${token}/raw?path=main.js`)
    expect(script.headers.get('content-type')).toBe('application/octet-stream')
    expect(script.headers.get('content-disposition')).toBe('attachment; filename="main.js"')
    const archive = await fetch(`${platform.address}/api/v1/shared/${token}/archive`)
    const files = readZip(Buffer.from(await archive.arrayBuffer()))
    expect(files.get('shown/deep/er/note.txt')?.content.toString()).toBe('second\n')
    expect([...files.keys()].some((path) => path.includes('plans.txt'))).toBe(false)
    const signedIn = await platform.api('GET', `/shared/${token}`)
    expect(signedIn.body).toMatchObject({ viewer: 'owner' })
  })

  it('lets nobody leave the files', async () => {
    const { token } = await share()
    for (const path of ['../x', '/etc/passwd', 'deep/../../x', '.git/config', 'deep//er', '%00', ''])
      expect((await look(token, `/text?path=${path}`)).status, path).toBe(400)
    expect((await look(token, '/folder?path=style.css')).status).toBe(404)
    expect((await look(token, '/folder?path=nothing')).status).toBe(404)
    expect((await look(token, '/raw?path=deep')).status).toBe(404)
    expect((await look(token, '/text?path=plans.txt')).body).toEqual({ content: null, problem: null })
    expect((await look(token, '/text?path=style.css&ref=refs/heads/hidden')).status).toBe(400)
    // It opens this and nothing else of the API.
    for (const path of [`/workspaces/${id}`, `/workspaces/${id}/history`, '/session', '/templates'])
      expect((await fetch(`${platform.address}/api/v1${path}`)).status, path).toBe(401)
  })

  it('shows no other save or commit, unless it shows the history, and then what led to the newest', async () => {
    const entries = await history(id)
    const [newest, before] = entries
    const [plain, full] = [await share(), await share(true)]
    for (const commit of [before!.id, hidden])
      for (const { token } of [plain, full])
        for (const operation of ['folder?', 'text?path=style.css&', 'raw?path=style.css&', 'archive?'])
          expect((await look(token, `/${operation}commit=${commit}`)).body['code']).toBe('not_shown')
    expect((await look(plain.token, `/folder?commit=${newest!.id}`)).status).toBe(200)
    expect((await look(plain.token, '/history')).body['code']).toBe('not_shown')

    const { body } = await look(full.token, '/history')
    const shown = body as unknown as SharedHistory
    expect(shown.entries[0]?.id).toBe(newest!.id)
    const old = shown.entries.find(({ id: commit }) => commit === before!.id)!
    const at = (commit: string, seal: string): string => `commit=${commit}&seal=${seal}`
    const text = await look(full.token, `/text?path=deep/er/note.txt&${at(old.id, old.seal)}`)
    expect(text.body['content']).toBe('second\n')
    // A seal is for one commit of one link.
    const other = shown.entries.at(-1)!
    for (const [token, place] of [
      [full.token, at(hidden, old.seal)],
      [full.token, at(other.id, old.seal)],
      [full.token, at(other.id, '')],
      [(await share(true)).token, at(old.id, old.seal)],
      [plain.token, at(old.id, old.seal)],
    ] as const)
      expect((await look(token, `/folder?${place}`)).body['code']).toBe('not_shown')
    // A place in the history that the platform did not name could lead anywhere.
    const forged = `${Date.now().toString(36)}.0.${Buffer.from(hidden, 'hex').toString('base64url')}`
    for (const cursor of [forged, `${'A'.repeat(22)}${forged}`, 'x', ''])
      expect((await look(full.token, `/history?cursor=${cursor}`)).status, cursor).toBe(400)
  })

  it('is dead when it is revoked, has expired, or was changed', async () => {
    const [first, second] = [await share(), await share()]
    expect((await look(first.token)).status).toBe(200)
    const revoked = await platform.api('DELETE', `/workspaces/${id}/links/${first.id}`)
    expect(revoked.status).toBe(204)
    const dead = await look(first.token)
    expect(dead).toMatchObject({ status: 410, body: { code: 'link_revoked' } })
    expect(String(dead.body['detail'])).toContain('was revoked')
    expect((await look(first.token, '/text?path=style.css')).status).toBe(410)
    expect((await fetch(first.url.replace('localhost', '127.0.0.1'))).status).toBe(410)
    expect((await look(second.token)).status).toBe(200)
    expect(await look(`${second.token.slice(0, -4)}AAAA`)).toMatchObject({
      status: 404,
      body: { code: 'no_such_link' },
    })
    // A right token for what is not a link, and a link of another workspace under this one's name.
    const tokens = createTokens(await loadKeys(join(platform.dataDir, 'signing-key.json')))
    const mint = async (...args: Parameters<typeof tokens.mint>): Promise<string> =>
      (await tokens.mint(...args)).token
    expect((await look(await mint('git', id, 60, { jti: second.id }))).status).toBe(404)
    expect((await look(await mint('link', 'other', 60, { jti: second.id }))).status).toBe(410)
    expect(await look(await mint('link', id, -5, { jti: second.id }))).toMatchObject({
      status: 410,
      body: { code: 'link_expired' },
    })
  })

  it('is in the list of its owner until it is revoked, and there are at most twenty', async () => {
    const list = async (): Promise<ReadLink[]> =>
      (await platform.api('GET', `/workspaces/${id}/links`)).body['links'] as ReadLink[]
    for (const { id: link } of await list()) await platform.api('DELETE', `/workspaces/${id}/links/${link}`)
    const made = await share(true)
    expect(await list()).toMatchObject([{ id: made.id, history: true, expiresAt: made.expiresAt }])
    expect((await look(tokenOf((await list())[0]!))).status).toBe(200)
    for (let n = 1; n < 20; n += 1) await share()
    const { status, body } = await platform.api('POST', `/workspaces/${id}/links`, { minutes: 5 })
    expect([status, body['code']]).toEqual([409, 'too_many_links'])
    const wrong = await Promise.all(
      [{ minutes: 0 }, { minutes: 1e9 }, {}, { minutes: 5, history: 'yes' }].map((sent) =>
        platform.api('POST', `/workspaces/${id}/links`, sent),
      ),
    )
    expect(wrong.map((answer) => answer.status)).toEqual([400, 400, 400, 400])
    expect((await platform.api('GET', '/workspaces/nobodys/links')).status).toBe(404)
    for (const { id: link } of await list()) await platform.api('DELETE', `/workspaces/${id}/links/${link}`)
  })
})

describe('a fork', () => {
  it('is made of the newest save in one step, with a name of its own', async () => {
    const [newest] = await history(id)
    const names: string[] = []
    for (const workspace of [id, id, 'shown-fork']) {
      const { status, body } = await platform.api('POST', '/workspaces', { source: { workspace } })
      expect([status, body['detail']]).toEqual([201, undefined])
      names.push(String(body['id']))
      await platform.until(String(body['id']), 'running')
    }
    expect((await platform.workspace('shown-fork')).source).toMatchObject({
      workspace: id,
      commit: newest!.id,
    })
    expect(names).toEqual(['shown-fork', 'shown-fork-2', 'shown-fork-3'])
    expect(await readFile(join(workOf('shown-fork'), 'deep/er/note.txt'), 'utf8')).toBe('second\n')
    for (const name of names) await platform.api('DELETE', `/workspaces/${name}`)
  })

  it('of what a link shows begins with its files alone, when it is not one’s own; and needs the link', async () => {
    const full = await share(true)
    const shown = (await look(full.token, '/history')).body as unknown as SharedHistory
    const first = shown.entries.find(({ message }) => message.includes('note.txt'))!
    // It becomes the workspace of somebody else; its links go with it.
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', await platform.gitUrl('fleet'), 'fleet')
    const fleet = join(folder.path, 'fleet')
    const text = await readFile(join(fleet, `workspaces/owner/${id}.yaml`), 'utf8')
    await stockGit(fleet, 'rm', '-q', `workspaces/owner/${id}.yaml`)
    await stockGit(fleet, 'commit', '-qm', 'Away')
    await mkdir(join(fleet, 'workspaces/ada'), { recursive: true })
    const theirs = text.replace('owner: owner', 'owner: ada').replace('running: true', 'running: false')
    await writeFile(join(fleet, `workspaces/ada/${id}.yaml`), theirs)
    await stockGit(fleet, 'add', '.')
    await stockGit(fleet, 'commit', '-qm', 'Theirs')
    await stockGit(fleet, 'push', '-q')
    expect((await platform.api('GET', `/workspaces/${id}`)).status).toBe(404)
    expect((await platform.api('GET', `/workspaces/${id}/links`)).status).toBe(404)

    const fork = (source: unknown): ReturnType<typeof platform.api> =>
      platform.api('POST', '/workspaces', { source })
    expect((await fork({ workspace: id })).status).toBe(404)
    expect((await fork({ workspace: id, commit: first.id })).status).toBe(404)
    expect((await fork({ link: `${full.token.slice(0, -4)}AAAA` })).status).toBe(404)
    const hidden = shown.entries.at(-1)!
    expect((await fork({ link: full.token, commit: hidden.id, seal: first.seal })).status).toBe(403)
    const { status, body } = await fork({ link: full.token, commit: first.id, seal: first.seal })
    expect([status, body['detail']]).toEqual([201, undefined])
    expect(body).toMatchObject({ trusted: false, source: { workspace: id, commit: first.id } })
    const own = String(body['id'])
    await platform.until(own, 'running')
    ;(await openPage(platform, own))[Symbol.dispose]()
    expect(await readFile(join(workOf(own), 'deep/er/note.txt'), 'utf8')).toBe('second\n')
    const work = workOf(own)
    expect(await stockGit(work, 'log', '--format=%s')).toBe(`Start from the files of ${id}`)
    expect(await stockGit(work, 'status', '--porcelain')).toBe('')
    expect(await stockGit(work, 'branch', '--format=%(refname:short)')).toBe('main')
    // Whoever knows the name of an object that was not shown does not get it either.
    await stockGit(folder.path, 'init', '-q', 'probe')
    const url = await platform.gitUrl(own)
    await expect(stockGit(join(folder.path, 'probe'), 'fetch', '-q', url, first.id)).rejects.toThrow()

    // Declared by hand, with the name of the workspace and the commit, it is refused without the right.
    await stockGit(fleet, 'pull', '-q', '--rebase')
    const made = await readFile(join(fleet, `workspaces/owner/${own}.yaml`), 'utf8')
    expect(made).toContain('shared: true')
    await writeFile(join(fleet, 'workspaces/owner/taken.yaml'), made.replace(/name: .*/, 'name: taken'))
    await stockGit(fleet, 'add', '.')
    await stockGit(fleet, 'commit', '-qm', 'Take it')
    await expect(stockGit(fleet, 'push', '-q')).rejects.toThrow(`There is no workspace named "${id}"`)
  })
})
