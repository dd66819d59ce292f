import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Workspace } from '../src/protocol.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

let platform: TestPlatform
let upstream: Upstream
beforeAll(async () => {
  ;[platform, upstream] = await Promise.all([startPlatform({ bare: true }), startUpstream()])
})
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

async function create(source: object): Promise<Workspace> {
  const { body } = await platform.api('POST', '/workspaces', { source })
  return platform.until((body as { id: string }).id, 'running')
}

/** What a new terminal of the workspace has in these variables. */
async function inTerminal(page: TestPage, ...names: string[]): Promise<string> {
  const { id } = await page.request('terminals.create', { cols: 200, rows: 20 })
  await page.request('terminals.attach', { id, cols: 200, rows: 20 })
  return printed(page, id, `echo "<<${names.map((name) => `\${${name}-none}`).join('|')}>>"`)
}

/** What was typed comes back, too, with the names in it. */
const ECHOED = /<<((?!\$\{)[^>]*)>>/

async function printed(page: TestPage, id: string, command: string): Promise<string> {
  let output = ''
  const told = page.event('terminals.output', (event) => {
    if (event.id === id) output += event.data
    return ECHOED.test(output)
  })
  await page.request('terminals.input', { id, data: `${command}\n` })
  await told
  return ECHOED.exec(output)?.[1] ?? ''
}

describe('variables', () => {
  it('reach the next terminal and what Run starts, those of the workspace before those of its owner', async () => {
    const { id, trusted } = await create({ template: 'static-site' })
    expect(trusted).toBe(true)
    using page = await openPage(platform, id)
    expect(await inTerminal(page, 'API_KEY', 'SHARED')).toBe('none|none')
    const user = { set: { API_KEY: 'from-user-1', SHARED: 'for-all-2' } }
    expect((await platform.api('PATCH', '/environment', user)).status).toBe(200)
    expect(await inTerminal(page, 'API_KEY', 'SHARED')).toBe('from-user-1|for-all-2')
    const own = { set: { API_KEY: 'own "$value" 3' } }
    const set = await platform.api('PATCH', `/workspaces/${id}/environment`, own)
    expect(set.body).toEqual({ variables: [{ name: 'API_KEY', changedAt: expect.any(String) }] })
    expect(await inTerminal(page, 'API_KEY', 'SHARED')).toBe('own "$value" 3|for-all-2')
    await page.request('run.configure', {
      saveId: crypto.randomUUID(),
      command: 'echo "<<$SHARED>>" > run.txt',
    })
    const ended = page.event('run.changed', ({ state }) => state === 'exited')
    await page.request('run.start', { cols: 80, rows: 20 })
    await ended
    expect((await page.request('files.read', { path: 'run.txt' })).content).toBe('<<for-all-2>>\n')
    await platform.api('PATCH', `/workspaces/${id}/environment`, { remove: ['API_KEY'] })
    await platform.api('PATCH', '/environment', { remove: ['API_KEY'] })
    expect(await inTerminal(page, 'API_KEY', 'SHARED')).toBe('none|for-all-2')
  })

  it('are there in the first terminal after a start, and in no file of the platform', async () => {
    await platform.api('PATCH', '/environment', { set: { FIRST: 'in-no-file-of-it' } })
    const { id } = await create({ template: 'static-site' })
    using page = await openPage(platform, id)
    const first = page.hello.terminals[0] ?? (await page.event('terminals.changed', () => true))[0]
    const terminal = first?.id ?? ''
    await page.request('terminals.attach', { id: terminal, cols: 200, rows: 20 })
    expect(await printed(page, terminal, 'echo "<<${FIRST-none}>>"')).toBe('in-no-file-of-it')
    const files = await readdir(platform.dataDir, { recursive: true, withFileTypes: true })
    for (const file of files) {
      if (!file.isFile()) continue
      // Files of workspaces that run come and go.
      const content = await readFile(join(file.parentPath, file.name)).catch(() => Buffer.from(''))
      expect(`${file.name}: ${content.includes('in-no-file-of-it')}`).toBe(`${file.name}: false`)
    }
  })

  it('are never told: answers have names alone', async () => {
    await platform.api('PATCH', '/environment', { set: { TOLD: 'never-told-to-anybody' } })
    const { body } = await platform.api('GET', '/environment')
    expect(JSON.stringify(body)).toContain('TOLD')
    expect(JSON.stringify(body)).not.toContain('never-told')
  })

  it.each([
    ['a name with a dash', { 'A-B': 'x' }, 'letters, digits and underscores'],
    ['a name that begins with a digit', { '1A': 'x' }, 'letters, digits and underscores'],
    ['a name of the workspace', { PATH: '/tmp' }, 'is set by the workspace itself'],
    ['a name of the runner', { CODENEST_RUN: 'x' }, 'is set by the workspace itself'],
    ['a NUL', { A: 'x\0y' }, 'without NUL'],
    ['too long a value', { A: 'x'.repeat(32_769) }, '32768'],
  ])('refuse %s, and stay as they are', async (_, set, words) => {
    const before = (await platform.api('GET', '/environment')).body
    const { status, body } = await platform.api('PATCH', '/environment', { set: { GOOD: 'x', ...set } })
    expect(status).toBe(400)
    expect(body['detail']).toContain(words)
    expect((await platform.api('GET', '/environment')).body).toEqual(before)
  })

  it('refuse more than a process can begin with', async () => {
    const set = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`BIG_${n}`, 'x'.repeat(32_000)]))
    const { status, body } = await platform.api('PATCH', '/environment', { set })
    expect([status, body['code']]).toEqual([422, 'environment_too_large'])
  })

  it('are withheld from a repository until its owner trusts it, and again when not any more', async () => {
    await platform.api('PATCH', '/environment', { set: { TRUSTED_ONLY: 'for-the-trusted' } })
    const { id, trusted } = await create({ repository: upstream.url })
    expect(trusted).toBe(false)
    using page = await openPage(platform, id)
    await platform.api('PATCH', `/workspaces/${id}/environment`, { set: { OWN: 'own-value-1' } })
    expect(await inTerminal(page, 'TRUSTED_ONLY', 'OWN')).toBe('none|none')
    const { body } = await platform.api('PATCH', `/workspaces/${id}/trust`, { trusted: true })
    expect(body['trusted']).toBe(true)
    expect(await inTerminal(page, 'TRUSTED_ONLY', 'OWN')).toBe('for-the-trusted|own-value-1')
    await platform.api('PATCH', `/workspaces/${id}/trust`, { trusted: false })
    expect(await inTerminal(page, 'TRUSTED_ONLY', 'OWN')).toBe('none|none')
  })

  it('are given to a fork as to what it was made from, and are gone with the workspace', async () => {
    const { id } = await create({ repository: upstream.url })
    await platform.api('PATCH', `/workspaces/${id}/trust`, { trusted: true })
    await platform.api('PATCH', `/workspaces/${id}/environment`, { set: { OWN: 'goes-with-it' } })
    const { entries } = (await platform.api('GET', `/workspaces/${id}/history`)).body as {
      entries: { id: string }[]
    }
    const fork = await create({ workspace: id, commit: entries[0]?.id })
    expect(fork.trusted).toBe(true)
    expect((await platform.api('GET', `/workspaces/${fork.id}/environment`)).body).toEqual({ variables: [] })
    const kept = async (): Promise<string[]> =>
      (await readdir(join(platform.dataDir, 'store', 'objects', 'secrets', 'owner', 'environment'))).filter(
        (name) => name.startsWith(`${id}-`),
      )
    expect(await kept()).toHaveLength(1)
    await platform.api('DELETE', `/workspaces/${id}`)
    expect(await kept()).toHaveLength(0)
  })

  it('are asked for by runners alone', async () => {
    const url = `${platform.address}/runner/v1/environment`
    expect((await fetch(url, { method: 'POST' })).status).toBe(401)
    const { body } = await platform.api('POST', '/git-tokens')
    const headers = { authorization: `Bearer ${String(body['token'])}` }
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(401)
  })
})
