import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openBash } from './support/bash.ts'
import { openPage } from './support/page.ts'
import type { TestPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { enterPreview, handshake, visit } from './support/visit.ts'

/** Answers with what it was asked, takes uploads and WebSockets, and streams. */
const APP = `
const http = require('http')
const { createHash } = require('crypto')
const server = http.createServer((request, response) => {
  if (request.url === '/stream') {
    response.write('data: first\\n\\n')
    return void process.once('SIGUSR2', () => response.end('data: second\\n\\n'))
  }
  if (request.url === '/gzip') {
    const body = require('zlib').gzipSync('packed')
    return void response.writeHead(206, { 'content-encoding': 'gzip', 'content-range': 'bytes 0-5/6' }).end(body)
  }
  const hash = createHash('sha256')
  request.on('data', (data) => hash.update(data))
  request.on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ url: request.url, headers: request.headers, sha256: hash.digest('hex') }))
  })
})
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n')
  socket.pipe(socket)
})
server.listen(Number(process.argv[2]), process.argv[3])
`

describe('the gateway', () => {
  let platform: TestPlatform
  let id: string
  let page: TestPage
  let cookie: string
  const hostOf = (port: number, of = id): string => `${port}--${of}.${new URL(platform.origin).host}`
  const originOf = (port: number, of = id): string => `http://${hostOf(port, of)}`

  const start = async (name: string): Promise<string> => {
    const source = { template: 'static-site' }
    const { body } = await platform.api('POST', '/workspaces', { name, source })
    await platform.until(body['id'] as string, 'running')
    return body['id'] as string
  }
  const serve = async (on: TestPage, port: number, address: string): Promise<void> => {
    const bash = await openBash(on)
    const open = on.event('ports.changed', (ports) => ports.some((each) => each.port === port))
    await bash.type(`node app.cjs ${port} ${address}`)
    await open
  }

  beforeAll(async () => {
    platform = await startPlatform()
    id = await start('guarded')
    page = await openPage(platform, id)
    await page.save('app.cjs', APP)
    await serve(page, 3000, '127.0.0.1')
    await serve(page, 3001, '::1')
    cookie = await enterPreview(platform, id, 3000)
  })
  afterAll(async () => {
    page?.[Symbol.dispose]()
    await platform?.[Symbol.asyncDispose]()
  })

  const ask = async (headers: Record<string, string>): Promise<Record<string, string>> => {
    const { body } = await visit(platform, hostOf(3000), '/asked?x=1', { cookie, ...headers })
    return (JSON.parse(body) as { headers: Record<string, string> }).headers
  }

  it('shows apps on either loopback address, and passes on what they answer', async () => {
    const second = await enterPreview(platform, id, 3001)
    expect((await visit(platform, hostOf(3001), '/', { cookie: second })).status).toBe(200)
    const packed = await visit(platform, hostOf(3000), '/gzip', { cookie })
    expect(packed).toMatchObject({
      status: 206,
      headers: { 'content-encoding': 'gzip', 'content-range': 'bytes 0-5/6' },
    })
  })

  it('streams both ways, and lets sockets through', async () => {
    const { port } = new URL(platform.address)
    const socket = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(
      `GET /stream HTTP/1.1\r\nHost: ${hostOf(3000)}\r\nCookie: ${cookie}\r\nAccept: text/event-stream\r\n\r\n`,
    )
    let received = ''
    socket.on('data', (data: Buffer) => (received += data.toString()))
    await expect.poll(() => received).toContain('first')
    expect(received).not.toContain('second')
    const bash = await openBash(page)
    await bash.run('pkill -USR2 -f "app.cjs 3000"')
    await expect.poll(() => received).toContain('second')
    expect(await handshake(platform, hostOf(3000), '/socket', { cookie, origin: originOf(3000) })).toBe(101)
  })

  it('keeps the platform’s cookies and tokens from apps', async () => {
    const git = (await platform.api('POST', '/git-tokens')).body as { username: string; token: string }
    const basic = Buffer.from(`${git.username}:${git.token}`).toString('base64')
    const session = platform.cookie
    const seen = await ask({ cookie: `${cookie}; own=1; ${session}`, authorization: `Basic ${basic}` })
    expect(seen['cookie']).toBe('own=1')
    expect(seen['authorization']).toBeUndefined()
    expect((await ask({ authorization: `Bearer ${git.token}` }))['authorization']).toBeUndefined()
    expect((await ask({ authorization: 'Bearer of-the-app' }))['authorization']).toBe('Bearer of-the-app')
  })

  it('believes nobody who is not listed about where a request comes from', async () => {
    const forged = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '8.8.8.8',
      forwarded: 'for=8.8.8.8;host=evil.example',
    }
    const seen = await ask(forged)
    expect(seen).toMatchObject({
      'x-forwarded-host': hostOf(3000),
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
    })
    expect(seen['forwarded']).toBeUndefined()
    // Nor does it lead anywhere else.
    const astray = await visit(platform, hostOf(3000), '/', {
      'x-forwarded-host': `3000--other.localhost`,
      cookie,
    })
    expect(astray.status).toBe(200)
    expect((await visit(platform, 'evil.example', '/', forged)).status).toBe(421)
  })

  it('believes a proxy that is listed', async () => {
    await using behind = await startPlatform({ env: { CODENEST_TRUSTED_PROXIES: '127.0.0.0/8' } })
    const { body } = await behind.api('POST', '/workspaces', {
      name: 'behind',
      source: { template: 'static-site' },
    })
    const workspace = body['id'] as string
    await behind.until(workspace, 'running')
    using other = await openPage(behind, workspace)
    await other.save('app.cjs', APP)
    await serve(other, 3000, '127.0.0.1')
    const entered = await enterPreview(behind, workspace, 3000)
    const host = `3000--${workspace}.${new URL(behind.origin).host}`
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' }
    const answer = await visit(behind, host, '/', { cookie: entered, ...forwarded })
    expect((JSON.parse(answer.body) as { headers: object }).headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
    })
  })

  it('checks where sockets come from', async () => {
    const runner = `${id}.${new URL(platform.origin).host}`
    const { body } = await platform.api('POST', `/workspaces/${id}/connection`)
    const path = `/socket.io/?EIO=4&transport=websocket&token=${body['token'] as string}`
    expect(await handshake(platform, runner, path, { origin: platform.origin })).toBe(101)
    for (const origin of ['https://evil.example', originOf(3000), 'null', `${platform.origin}.evil.example`])
      expect(await handshake(platform, runner, path, { origin })).toBe(403)
    expect(await handshake(platform, runner, path)).toBe(403)
    const preview = (origin: string): Promise<number> =>
      handshake(platform, hostOf(3000), '/socket', { cookie, origin })
    expect(await preview(originOf(3001))).toBe(101)
    expect(await preview(originOf(3000, 'other'))).toBe(403)
    expect(await preview('https://evil.example')).toBe(403)
    expect(await handshake(platform, hostOf(3000), '/socket', { origin: originOf(3000) })).toBe(401)
  })

  it('lets a workspace’s own apps ask each other, and no others', async () => {
    const sibling = originOf(3001)
    const asked = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-own' }
    const preflight = await visit(platform, hostOf(3000), '/', { origin: sibling, ...asked }, 'OPTIONS')
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': sibling,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'PUT',
        'access-control-allow-headers': 'x-own',
      },
    })
    const answered = await visit(platform, hostOf(3000), '/', { origin: sibling, cookie })
    expect(answered).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': sibling } })
    const uncredited = await visit(platform, hostOf(3000), '/', { origin: sibling })
    expect(uncredited).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': sibling } })
    for (const origin of [originOf(3000, 'other'), 'https://evil.example', platform.origin]) {
      const stranger = await visit(platform, hostOf(3000), '/', { origin, ...asked }, 'OPTIONS')
      expect(stranger.status).toBe(401)
      expect(
        (await visit(platform, hostOf(3000), '/', { origin, cookie })).headers['access-control-allow-origin'],
      ).toBeUndefined()
    }
  })

  it('lets a browser in without a word to the app, and tells a guest whose link was revoked', async () => {
    const { body } = await platform.api('POST', `/workspaces/${id}/previews`, { port: 3000 })
    const url = new URL(body['url'] as string)
    const quiet = await visit(platform, url.host, `${url.pathname}${url.search}&quiet`)
    expect(quiet).toMatchObject({ status: 204, body: '' })
    expect(String(quiet.headers['set-cookie'])).toContain('Partitioned')

    const made = await platform.api('POST', `/workspaces/${id}/ports/3000/links`, { minutes: 60 })
    const link = new URL(made.body['url'] as string)
    const entered = await visit(platform, link.host, `${link.pathname}${link.search}`)
    const guest = String(entered.headers['set-cookie']).split(';')[0] ?? ''
    expect((await visit(platform, hostOf(3000), '/', { cookie: guest })).status).toBe(200)
    const socket = connect(Number(new URL(platform.address).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(`GET /stream HTTP/1.1\r\nHost: ${hostOf(3000)}\r\nCookie: ${guest}\r\n\r\n`)
    let received = ''
    socket.on('data', (data: Buffer) => (received += data.toString()))
    await expect.poll(() => received).toContain('first')
    await platform.api('DELETE', `/workspaces/${id}/ports/3000/links/${made.body['id'] as string}`)
    await once(socket, 'close')
    const over = await visit(platform, hostOf(3000), '/deep', { cookie: guest, accept: 'text/html' })
    expect(over).toMatchObject({ status: 410, body: expect.stringContaining('This link is no longer good') })
    expect(over.body).toContain(`${platform.origin}/open?workspace=${id}`)
    expect(
      await handshake(platform, hostOf(3000), '/socket', { cookie: guest, origin: originOf(3000) }),
    ).toBe(401)
  })

  it('leads to no port but those of the workspace’s own programs', async () => {
    for (const port of [401, 22, 4000, Number(new URL(platform.address).port)]) {
      const own = await enterPreview(platform, id, port)
      const answer = await visit(platform, hostOf(port), '/', { cookie: own, accept: 'text/html' })
      expect(answer.status).toBe(502)
      expect(answer.body).toContain(`Waiting for port ${port}`)
    }
    for (const name of ['0', '65536', '03000', '3000x', '-1'])
      expect(
        (await visit(platform, `${name}--${id}.${new URL(platform.origin).host}`, '/', { cookie })).status,
      ).toBe(421)
  })

  it('does not wait for a client that never finishes its headers', { timeout: 300_000 }, async () => {
    const { port } = new URL(platform.address)
    const slow = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void slow.destroy())
    slow.on('error', () => {}).resume()
    slow.write(`GET / HTTP/1.1\r\nHost: ${hostOf(3000)}\r\n`)
    const large = await visit(platform, hostOf(3000), '/', { 'x-large': 'x'.repeat(40_000) })
    expect(large.status).toBe(431)
    await once(slow, 'close')
  })

  it('says what became of an app that is gone', async () => {
    const bash = await openBash(page)
    const closed = page.event('ports.changed', (ports) => ports.every(({ port }) => port !== 3001))
    await bash.run('pkill -f "app.cjs 3001"')
    await closed
    const own = await enterPreview(platform, id, 3001)
    const answer = await visit(platform, hostOf(3001), '/', { cookie: own, accept: 'text/html' })
    expect(answer.status).toBe(502)
    expect(answer.body).toContain('Port 3001 was closed')
    expect(answer.body).toContain('node does not listen any more')
    expect(answer.body).toContain(`${platform.origin}/w/${id}`)
  })

  it('wakes a stopped workspace for its owner, and its app with it', async () => {
    const source = { template: 'python-fastapi', parameters: { server: 'standard-library' } }
    const { body } = await platform.api('POST', '/workspaces', { name: 'sleeper', source })
    const sleeper = body['id'] as string
    await platform.until(sleeper, 'running')
    const own = await enterPreview(platform, sleeper, 8000)
    await platform.api('POST', `/workspaces/${sleeper}/stop`)
    await platform.until(sleeper, 'stopped')
    const look = (headers: Record<string, string>) =>
      visit(platform, hostOf(8000, sleeper), '/', { accept: 'text/html', ...headers })
    // Nobody else wakes it, and no part of a page does.
    expect((await look({})).status).toBe(303)
    expect((await look({ cookie: own, 'sec-fetch-mode': 'no-cors' })).body).toContain('is stopped')
    expect((await platform.workspace(sleeper)).state).toBe('stopped')
    const waking = await look({ cookie: own, 'sec-fetch-mode': 'navigate' })
    expect(waking.status).toBe(503)
    expect(waking.body).toContain('sleeper is starting')
    await expect
      .poll(async () => (await look({ cookie: own })).body, { timeout: 30_000, interval: 200 })
      .toContain('Hello from Python')
  })
})
