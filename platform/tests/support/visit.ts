import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Owner } from './platform.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A request to a name below the platform's domain, which this machine need not resolve. */
export async function visit(
  platform: Pick<Owner, 'address'>,
  host: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${platform.address}${path}`,
      { method, headers: { ...headers, host } },
      (response) => {
        text(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        )
      },
    )
    asked.once('error', reject)
    asked.end()
  })
}

/** The status of a WebSocket handshake. */
export function handshake(
  platform: Pick<Owner, 'address'>,
  host: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const key = { 'sec-websocket-key': Buffer.from(crypto.randomUUID().slice(0, 16)).toString('base64') }
    const asked = request(`${platform.address}${path}`, { headers: { ...headers, ...upgrade, ...key, host } })
    asked.once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode ?? 0)
    })
    asked.once('error', reject)
    asked.end()
  })
}

/** Lets a browser into a preview; resolves to its cookie. */
export async function enterPreview(platform: Owner, id: string, port: number): Promise<string> {
  const { body } = await platform.api('POST', `/workspaces/${id}/previews`, { port })
  const url = new URL(body['url'] as string)
  const entered = await visit(platform, url.host, `${url.pathname}${url.search}`)
  return String(entered.headers['set-cookie']).split(';')[0] ?? ''
}
