import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { OpenPort } from '../ports/ports.ts'
import { refuse } from './raw-response.ts'

/** A socket that a page has left open talks by itself. */
const UPGRADE = /\r\nupgrade:/i
const TARGET = /^localhost:(\d{1,5})$/

export interface LastListener {
  /** Name of the process. */
  process: string
  /** null when it is not known, or it lives on. */
  exitCode: number | null
  /** Where it ran. */
  terminal: { id: string; name: string } | null
}

export interface TunnelOptions {
  findPort: (port: number) => Promise<OpenPort | null>
  /** What listened on a port that is closed now; null when nothing did. */
  lastListener: (port: number) => LastListener | null
  /** Called when the client sends something, but for what goes over a socket that it keeps open. */
  onTraffic: () => void
}

/**
 * Answers `CONNECT localhost:<port>` with a tunnel to the app that listens there. Only ports of the workspace's own
 * processes are reachable; all others are answered 502 with `x-codenest-reason: port_closed`, and what listened there
 * before in `x-codenest-last`.
 */
export async function openTunnel(
  target: string,
  client: Duplex,
  head: Buffer,
  { findPort, lastListener, onTraffic }: TunnelOptions,
): Promise<void> {
  const port = Number(TARGET.exec(target)?.[1] ?? 0)
  const open = port > 0 && port < 65_536 ? await findPort(port) : null
  const app = open && (await dial(open))
  if (client.destroyed) {
    app?.destroy()
    return
  }
  if (!app) {
    const last = lastListener(port)
    const told = last && { 'x-codenest-last': encodeURIComponent(JSON.stringify(last)) }
    refuse(client, 502, { 'x-codenest-reason': 'port_closed', ...told })
    return
  }
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
  if (head.length > 0) app.write(head)
  let isSocket = false
  client.on('data', (data: Buffer) => {
    if (!isSocket) onTraffic()
    isSocket ||= UPGRADE.test(data.subarray(0, 4096).toString('latin1'))
  })
  try {
    await Promise.all([pipeline(client, app), pipeline(app, client)])
  } catch {
    // Either side may hang up at any time.
  } finally {
    app.destroy()
    client.destroy()
  }
}

/** Tries the addresses in turn; null when the app stopped listening. */
async function dial({ hosts, port }: OpenPort): Promise<Socket | null> {
  for (const host of new Set(hosts.flatMap((host) => (host === '::1' ? [host, '127.0.0.1'] : [host])))) {
    const socket = connect({ host, port, noDelay: true })
    try {
      await once(socket, 'connect')
      return socket
    } catch {
      socket.destroy()
    }
  }
  return null
}
