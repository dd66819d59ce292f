import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { FILES_PREFIX } from '../files/protocol.ts'
import type { Logger } from '../log.ts'
import type { RunnerConfig } from '../protocol.ts'
import type { Access, Refusal } from './access.ts'
import type { Health } from './health.ts'
import { refuse } from './raw-response.ts'
import { openTunnel } from './tunnel.ts'
import type { TunnelOptions } from './tunnel.ts'

const SOCKET_PATH = '/socket.io/'

export interface HttpServerOptions extends TunnelOptions {
  access: Access
  health: Health
  /** Answers requests for bytes of files. */
  onFiles: (request: IncomingMessage, response: ServerResponse) => void
  /** Takes over upgrades of pages that may connect. */
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  log: Logger
}

export interface HttpServer {
  /** The TCP port; null on a Unix socket. */
  port: number | null
  close(): Promise<void>
}

/** Serves health, files, pages' connections and tunnels to apps on the one address. Throws when it is taken. */
export async function startHttpServer(
  listen: RunnerConfig['listen'],
  options: HttpServerOptions,
): Promise<HttpServer> {
  const { access, log } = options
  const connections = new Set<Duplex>()
  // An upload takes as long as its line needs; one that is silent is ended by who reads it.
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    if (request.url?.startsWith(FILES_PREFIX)) {
      options.onFiles(request, response)
      return
    }
    if (request.method === 'GET' && options.health.answer(request.url, response)) return
    response.writeHead(404, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify({ error: 'not found' }))
  })
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })

  async function guard(
    socket: Duplex,
    check: () => Promise<Refusal>,
    pass: () => void | Promise<void>,
  ): Promise<void> {
    const ignore = (): void => undefined
    socket.on('error', ignore)
    try {
      const refusal = await check()
      if (socket.destroyed) return
      if (refusal === null) await pass()
      else refuse(socket, refusal)
    } catch (error) {
      log.error({ err: error }, 'connection failed')
      socket.destroy()
    }
  }

  server.on('upgrade', (request, socket, head) => {
    if (!request.url?.startsWith(SOCKET_PATH)) refuse(socket, 404)
    else
      void guard(
        socket,
        () => access.checkUpgrade(request),
        () => options.onUpgrade(request, socket, head),
      )
  })
  server.on('connect', (request, socket, head) => {
    const tunnel = (): Promise<void> => openTunnel(request.url ?? '', socket, head, options)
    void guard(socket, () => access.checkConnect(request), tunnel)
  })

  await listenOn(server, listen)
  const address = server.address()

  async function close(): Promise<void> {
    const closed = once(server, 'close')
    server.close()
    for (const socket of connections) socket.destroy()
    await closed
  }

  return { port: typeof address === 'object' ? (address?.port ?? null) : null, close }
}

async function listenOn(server: Server, listen: RunnerConfig['listen']): Promise<void> {
  const listening = once(server, 'listening')
  if ('socket' in listen) {
    // A runner that was killed leaves its socket behind.
    await rm(listen.socket, { force: true })
    server.listen(listen.socket)
    await listening
    await chmod(listen.socket, 0o600)
  } else {
    server.listen(listen.port, listen.host)
    await listening
  }
}
