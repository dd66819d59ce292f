import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers a request whose connection is already out of the HTTP server's hands, and closes it. */
export function refuse(socket: Duplex, status: number, headers: Record<string, string> = {}): void {
  const all = { ...headers, 'content-length': '0', connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`, () =>
    socket.destroy(),
  )
}
