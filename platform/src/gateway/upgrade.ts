import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Duplex } from 'node:stream'
import type { RunnerAddress } from '../engines/engine.ts'
import { forwardedHeaders } from './headers.ts'
import type { Forwarding } from './headers.ts'

const PING_MS = 30_000

/** Hands a protocol switch on to a runner, or over a connection that is open already, and joins the two streams. */
export function pipeUpgrade(
  target: RunnerAddress | { createConnection: () => Duplex },
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  forwarding: Forwarding,
): void {
  const upstream = httpRequest({
    ...target,
    method: request.method,
    path: request.url,
    headers: forwardedHeaders(request, forwarding, true),
    setHost: false,
  })
  upstream.once('upgrade', (response, peer, peerHead) => {
    const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`]
    for (let at = 0; at < response.rawHeaders.length; at += 2)
      lines.push(`${response.rawHeaders[at]}: ${response.rawHeaders[at + 1]}`)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    if (peerHead.length > 0) socket.write(peerHead)
    if (head.length > 0) peer.write(head)
    // A connection that says nothing for long is one that proxies and address translators forget.
    for (const each of [socket, peer]) if (each instanceof Socket) each.setKeepAlive(true, PING_MS)
    pipeline(socket, peer, () => {})
    pipeline(peer, socket, () => {})
  })
  upstream.once('response', (response) => {
    response.resume()
    refuseUpgrade(socket, response.statusCode ?? 502)
  })
  upstream.once('error', () => refuseUpgrade(socket, 502))
  socket.once('close', () => upstream.destroy())
  upstream.end()
}

export function refuseUpgrade(socket: Duplex, status: number): void {
  if (socket.writable)
    socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  else socket.destroy()
}
