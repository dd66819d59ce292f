import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forwardRequest } from './forward-request.ts'
import { Forwarding } from './headers.ts'

const seen: { method: string; url: string; body: string; headers: IncomingMessage['headers'] }[] = []
const used = new WeakSet<Socket>()
const agent = new Agent({ keepAlive: true })
const app = createServer((request, response) => {
  const { method = '', url = '', headers } = request
  void text(request).then((body) => {
    seen.push({ method, url, headers, body })
    // As if its time had come just when the connection was to be used again.
    const isTooLate = url === '/once' && used.has(request.socket)
    used.add(request.socket)
    if (isTooLate || url === '/never') request.socket.destroy()
    else if (url === '/half') response.write('half', () => response.destroy())
    else response.end('answered')
  })
})
const gateway = createServer((request, response) => {
  const target = { agent, port: portOf(app) }
  forwardRequest(target, request, response, new Forwarding([]), (error) => response.destroy(error))
})

beforeAll(async () => {
  for (const server of [app, gateway]) await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  agent.destroy()
  for (const server of [app, gateway]) server.close()
})

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: app\r\n\r\n'

test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT'])(
  'a request that hides in the body of a %s stays a body',
  async (method) => {
    seen.length = 0
    const chunk = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`
    await send(`${method} / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`)
    await send(`${method} / HTTP/1.1\r\nHost: app\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`)
    expect(seen.map(({ url, body }) => ({ url, body }))).toEqual([
      { url: '/', body: HIDDEN },
      { url: '/', body: HIDDEN },
    ])
  },
)

test('a request that says two lengths, or a length and chunks, is refused', async () => {
  seen.length = 0
  const both = ['Content-Length: 4', 'Transfer-Encoding: chunked']
  for (const lines of [both, ['Content-Length: 4', 'Content-Length: 5']])
    expect(await send(`POST / HTTP/1.1\r\nHost: app\r\n${lines.join('\r\n')}\r\n\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400/,
    )
  expect(seen).toEqual([])
})

test('headers of one connection, and a second host, go no further', async () => {
  seen.length = 0
  await send(
    'GET / HTTP/1.1\r\nHost: app\r\nHost: other\r\nConnection: X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\nX-Kept: 2\r\n\r\n',
  )
  const [{ headers } = { headers: {} }] = seen
  expect(headers).toMatchObject({ host: 'app', 'x-kept': '2', 'x-forwarded-host': 'app' })
  expect(headers).not.toHaveProperty('x-secret')
  expect(headers).not.toHaveProperty('te')
})

test('an answer that breaks off breaks off for the client, too', async () => {
  const response = await fetch(`http://127.0.0.1:${portOf(gateway)}/half`)
  await expect(response.text()).rejects.toThrow('terminated')
})

test('a connection that the app closes when it is used again is replaced', async () => {
  seen.length = 0
  const ask = (url: string): Promise<string> => send(`GET ${url} HTTP/1.1\r\nHost: app\r\n\r\n`)
  await Promise.all([ask('/'), ask('/'), ask('/')])
  expect(await ask('/once')).toMatch(/^HTTP\/1.1 200/)
  expect(seen.filter(({ url }) => url === '/once').length).toBeGreaterThan(1)
})

test('what may have changed something is not sent twice, and no new connection is replaced', async () => {
  const ask = async (method: string, url: string): Promise<number> => {
    await send('GET / HTTP/1.1\r\nHost: app\r\n\r\n')
    seen.length = 0
    const answer = fetch(`http://127.0.0.1:${portOf(gateway)}${url}`, { method })
    await expect(answer).rejects.toThrow('fetch failed')
    return seen.length
  }
  expect(await ask('POST', '/once')).toBe(1)
  expect(await ask('GET', '/never')).toBeGreaterThan(1)
})

/** What comes back first for a request, as it is. */
async function send(request: string): Promise<string> {
  const socket = connect(portOf(gateway), '127.0.0.1')
  socket.write(request)
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return data.toString('latin1')
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
