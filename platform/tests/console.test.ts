import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBash } from './support/bash.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { visit } from './support/visit.ts'
import type { Answer } from './support/visit.ts'

const PAGE = '<!doctype html><html><head><title>An app</title></head><body>Hello</body></html>'
/** Tells in a header how it was asked, and answers in several ways. */
const APP = `
const { gzipSync } = require('zlib')
const page = ${JSON.stringify(PAGE)}
require('http').createServer((request, response) => {
  response.setHeader('x-asked', JSON.stringify(request.headers))
  response.setHeader('etag', '"1"')
  response.setHeader('content-type', request.url === '/data' ? 'application/json' : 'text/html; charset=utf-8')
  if (request.headers['if-none-match']) return void response.writeHead(304).end()
  if (request.url === '/packed') response.setHeader('content-encoding', 'gzip').end(gzipSync(page))
  else if (request.url === '/parts') {
    response.write(page.slice(0, 25))
    setImmediate(() => response.end(page.slice(25)))
  } else response.setHeader('content-length', page.length).end(page)
}).listen(3000, '127.0.0.1')
`
const FRAME = { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate', 'accept-encoding': 'gzip, br' }

describe('the console of a preview', () => {
  let platform: TestPlatform
  let id: string
  let host: string
  let tag: string
  beforeAll(async () => {
    platform = await startPlatform()
    const source = { template: 'static-site' }
    const { body } = await platform.api('POST', '/workspaces', { name: 'watched', source })
    id = body['id'] as string
    await platform.until(id, 'running')
    host = `3000--${id}.${new URL(platform.origin).host}`
    tag = `<script src="/.codenest/console.js" data-page="${platform.origin}"></script>`
    using page = await openPage(platform, id)
    await page.save('app.cjs', APP)
    const bash = await openBash(page)
    const open = page.event('ports.changed', (ports) => ports.some(({ port }) => port === 3000))
    await bash.type('node app.cjs')
    await open
  })
  afterAll(() => platform?.[Symbol.asyncDispose]())

  /** The answer to the ticket, and the cookies that a browser sends from then on. */
  const enter = async (query: string, before = ''): Promise<{ answer: Answer; cookie: string }> => {
    const { body } = await platform.api('POST', `/workspaces/${id}/previews`, { port: 3000 })
    const url = new URL(body['url'] as string)
    const answer = await visit(platform, url.host, `${url.pathname}${url.search}${query}`, { cookie: before })
    const cookies = (answer.headers['set-cookie'] ?? []).filter((each) => !each.includes('Max-Age=0;'))
    return { answer, cookie: cookies.map((each) => each.split(';')[0]).join('; ') }
  }
  const look = (path: string, headers: Record<string, string>): Promise<Answer> =>
    visit(platform, host, path, headers)
  const asked = ({ headers }: Answer): Record<string, string> =>
    JSON.parse(String(headers['x-asked'])) as Record<string, string>

  it('adds its script to pages in the frame of the owner who wants it', async () => {
    const { cookie } = await enter('&console=on')
    for (const path of ['/', '/parts']) {
      const answer = await look(path, { ...FRAME, cookie, 'if-none-match': '"1"' })
      expect(answer.body).toBe(PAGE.replace('<head>', `<head>${tag}`))
      expect(answer.headers['etag']).toBeUndefined()
      expect(answer.headers['content-length']).toBeUndefined()
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(asked(answer)['accept-encoding']).toBe('identity')
      expect(asked(answer)['cookie']).toBeUndefined()
    }
    // Packed all the same: then as it is.
    const packed = await look('/packed', { ...FRAME, cookie })
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', etag: '"1"' })
    expect((await look('/data', { ...FRAME, cookie })).body).toBe(PAGE)
  })

  it('leaves alone what is not a page in that frame', async () => {
    const { cookie } = await enter('&console=on')
    for (const other of [
      { 'sec-fetch-dest': 'document' },
      { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' },
      { 'sec-fetch-mode': 'no-cors' },
    ]) {
      const answer = await look('/', { ...FRAME, cookie, ...other })
      expect(answer.body).toBe(PAGE)
      expect(answer.headers).toMatchObject({ etag: '"1"', 'content-length': String(PAGE.length) })
      expect(asked(answer)['accept-encoding']).toBe('gzip, br')
    }
  })

  it('comes and goes with the page’s word, of which a browser keeps nothing else', async () => {
    const never = await enter('')
    expect(never.answer.headers['set-cookie']).toHaveLength(1)
    expect((await look('/', { ...FRAME, cookie: never.cookie })).body).toBe(PAGE)
    const on = await enter('&console=on')
    expect(on.answer.headers['clear-site-data']).toBe('"cache"')
    expect(on.cookie).toContain('__Host-codenest-console=on')
    const again = await enter('&console=on', on.cookie)
    expect(again.answer.headers['clear-site-data']).toBeUndefined()
    const off = await enter('&console=off', on.cookie)
    expect(String(off.answer.headers['set-cookie'])).toContain(
      '__Host-codenest-console=on; Path=/; Max-Age=0',
    )
    expect((await look('/', { ...FRAME, cookie: off.cookie })).body).toBe(PAGE)
  })

  it('is never for guests', async () => {
    const made = await platform.api('POST', `/workspaces/${id}/ports/3000/links`, { minutes: 60 })
    const link = new URL(made.body['url'] as string)
    const entered = await visit(platform, link.host, `${link.pathname}${link.search}&console=on`)
    const cookie = (entered.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ')
    const forged = `${cookie}; __Host-codenest-console=on`
    const answer = await look('/', { ...FRAME, cookie: forged })
    expect(answer).toMatchObject({ status: 200, body: PAGE })
    expect(asked(answer)['accept-encoding']).toBe('gzip, br')
  })

  it('has its script at each preview, and the app hears nothing of it', async () => {
    const script = await look('/.codenest/console.js', {})
    expect(script.status).toBe(200)
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(script.headers['x-asked']).toBeUndefined()
  })
})
