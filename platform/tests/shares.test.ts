import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBash } from './support/bash.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { enterPreview, handshake, visit } from './support/visit.ts'

interface Link {
  id: string
  url: string
  expiresAt: string
}

describe('a port that others may see', () => {
  let platform: TestPlatform
  let id: string
  let page: TestPage
  const hostOf = (port: number): string => `${port}--${id}.${new URL(platform.origin).host}`
  const share = async (port: number, minutes = 60): Promise<Link> => {
    const { status, body } = await platform.api('POST', `/workspaces/${id}/ports/${port}/links`, { minutes })
    expect(status).toBe(201)
    return body as unknown as Link
  }
  const follow = async ({ url }: Link) => {
    const { pathname, search, host } = new URL(url)
    const entered = await visit(platform, host, pathname + search)
    return { ...entered, cookie: String(entered.headers['set-cookie']).split(';')[0] ?? '' }
  }
  const look = async (cookie: string, port = 8080): Promise<number> =>
    (await visit(platform, hostOf(port), '/', { cookie })).status

  beforeAll(async () => {
    platform = await startPlatform()
    const source = { template: 'static-site' }
    const { body } = await platform.api('POST', '/workspaces', { name: 'shared', source })
    id = body['id'] as string
    await platform.until(id, 'running')
    page = await openPage(platform, id)
    const bash = await openBash(page)
    for (const port of [8080, 8081]) {
      const open = page.event('ports.changed', (ports) => ports.some((each) => each.port === port))
      await bash.type(`python3 -m http.server ${port} &`)
      await open
    }
  })
  afterAll(async () => {
    page?.[Symbol.dispose]()
    await platform?.[Symbol.asyncDispose]()
  })

  it('is private until it is shared', async () => {
    expect(await look('')).toBe(401)
    expect((await platform.workspace(id)).shares).toEqual([])
    expect(await handshake(platform, hostOf(8080), '/')).toBe(401)
  })

  it('is shown to whoever has a link, at that port alone, and the address forgets the token', async () => {
    const link = await share(8080)
    const entered = await follow(link)
    expect(entered).toMatchObject({
      status: 303,
      headers: { location: '/', 'referrer-policy': 'no-referrer' },
    })
    expect(String(entered.headers['set-cookie'])).toMatch(
      /^__Host-codenest-preview=.*; Path=\/; Max-Age=3\d{3}; HttpOnly; Secure; SameSite=None; Partitioned$/,
    )
    expect(await look(entered.cookie)).toBe(200)
    expect(await look(entered.cookie, 8081)).toBe(401)
    // A second browser may follow it, too; a token for another port or one that was changed opens nothing.
    expect((await follow(link)).status).toBe(303)
    const elsewhere = { ...link, url: link.url.replace('8080--', '8081--') }
    expect((await follow(elsewhere)).status).toBe(410)
    expect((await follow({ ...link, url: `${link.url.slice(0, -4)}AAAA` })).status).toBe(410)
    expect((await platform.workspace(id)).shares).toEqual([
      { port: 8080, visibility: 'link', links: [{ id: link.id, expiresAt: link.expiresAt }] },
    ])
  })

  it('is not shown any more when the link was revoked, or the port made private', async () => {
    const [first, second] = [await share(8080), await share(8080)]
    const visitors = { first: await follow(first), second: await follow(second) }
    await platform.api('DELETE', `/workspaces/${id}/ports/8080/links/${first.id}`)
    expect(await look(visitors.first.cookie)).toBe(410)
    expect((await follow(first)).status).toBe(410)
    expect(await look(visitors.second.cookie)).toBe(200)
    await platform.api('PATCH', `/workspaces/${id}/ports/8080`, { visibility: 'private' })
    expect(await look(visitors.second.cookie)).toBe(410)
    expect((await platform.workspace(id)).shares).toEqual([])
  })

  it('is shown to those who are signed in', async () => {
    await platform.api('PATCH', `/workspaces/${id}/ports/8081`, { visibility: 'signed-in' })
    expect(await look('', 8081)).toBe(401)
    expect(await look(await enterPreview(platform, id, 8081), 8081)).toBe(200)
    expect((await platform.workspace(id)).shares).toEqual([
      { port: 8081, visibility: 'signed-in', links: [] },
    ])
  })

  it('refuses what makes no sense', async () => {
    const ask = async (path: string, body: unknown, method = 'POST'): Promise<number> =>
      (await platform.api(method, `/workspaces/${id}/ports/${path}`, body)).status
    expect(await ask('0/links', { minutes: 5 })).toBe(400)
    expect(await ask('x/links', { minutes: 5 })).toBe(400)
    expect(await ask('8080/links', { minutes: 0 })).toBe(400)
    expect(await ask('8080/links', { minutes: 1e9 })).toBe(400)
    expect(await ask('8080', { visibility: 'link' }, 'PATCH')).toBe(400)
    expect(await ask('8080', { visibility: 'public' }, 'PATCH')).toBe(400)
    const other = await platform.api('POST', '/workspaces/nobody/ports/8080/links', { minutes: 5 })
    expect(other.status).toBe(404)
  })

  it('is private again after a restart', async () => {
    const link = await share(8080)
    const visitor = await follow(link)
    expect(await look(visitor.cookie)).toBe(200)
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    expect(await look(visitor.cookie)).toBe(410)
    expect((await platform.api('POST', `/workspaces/${id}/ports/8080/links`, { minutes: 5 })).status).toBe(
      409,
    )
    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    expect(await look(visitor.cookie)).toBe(410)
    expect((await follow(link)).status).toBe(410)
    expect((await platform.workspace(id)).shares).toEqual([])
  })
})
