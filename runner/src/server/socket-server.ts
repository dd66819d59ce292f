import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { Server } from 'socket.io'

import type { Logger } from '../log.ts'
import { MAX_TEXT_FILE_BYTES } from '../protocol.ts'
import type { Hello, Reply, RunnerEvents } from '../protocol.ts'
import { answer } from './answer.ts'
import type { Handlers } from './handlers.ts'

/** A text of the largest size, with room for JSON's escapes. */
const MAX_MESSAGE_BYTES = 4 * MAX_TEXT_FILE_BYTES

export interface SocketServerOptions {
  handlers: Handlers
  hello: () => Hello
  onConnect: () => void
  onDisconnect: (viewer: string) => void
  log: Logger
}

/** Speaks the protocol with pages, over WebSockets that were let in by somebody else. */
export interface SocketServer {
  readonly connections: number
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** To all pages. */
  broadcast<E extends keyof RunnerEvents>(event: E, ...args: Parameters<RunnerEvents[E]>): void
  /** To some connections. */
  send<E extends keyof RunnerEvents>(
    viewers: Iterable<string>,
    event: E,
    ...args: Parameters<RunnerEvents[E]>
  ): void
  close(): Promise<void>
}

export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { handlers, hello, onConnect, onDisconnect, log } = options
  // Socket.io wants a server of its own; this one never listens, it is only handed upgrades that passed the guard.
  const inner = createServer()
  const io = new Server(inner, {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    // A proxy that cuts what is silent has more patience than this, and a page that is gone is noticed soon.
    pingInterval: 15_000,
    pingTimeout: 10_000,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
  })

  io.on('connection', (socket) => {
    socket.onAny((name: string, ...args: unknown[]) => {
      const reply = args.at(-1)
      if (typeof reply !== 'function') return
      const payload = args.length > 1 ? args[0] : undefined
      void answer(handlers, name, payload, socket.id, log).then((result: Reply<unknown>) => reply(result))
    })
    socket.once('disconnect', () => onDisconnect(socket.id))
    socket.emit('hello', hello())
    onConnect()
  })

  return {
    get connections() {
      return io.of('/').sockets.size
    },
    upgrade: (request, socket, head) => void inner.emit('upgrade', request, socket, head),
    broadcast: (event, ...args) => void io.emit(event, ...args),
    send(viewers, event, ...args) {
      for (const viewer of viewers)
        io.of('/')
          .sockets.get(viewer)
          ?.emit(event, ...args)
    },
    close: () => io.close(),
  }
}
