import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import type { RunnerAddress } from '../engines/engine.ts'
import { messageOf } from '../errors.ts'

const LastListener = z.object({
  /** Name of the process. */
  process: z.string().max(64),
  /** null when it is not known, or it lives on. */
  exitCode: z.number().int().nullable(),
  /** Where it ran. */
  terminal: z.object({ id: z.string().max(64), name: z.string().max(64) }).nullable(),
})
export type LastListener = z.infer<typeof LastListener>

/** Nothing in the workspace listens on the port, or nobody could be asked. */
export class TunnelError extends Error {
  override name = 'TunnelError'
  readonly reason: 'port_closed' | 'runner_unreachable'
  /** What listened there before; null when nothing did, or it is not known. */
  readonly last: LastListener | null

  constructor(reason: TunnelError['reason'], options?: ErrorOptions & { last?: LastListener | null }) {
    super(reason, options)
    this.reason = reason
    this.last = options?.last ?? null
  }
}

/** A byte stream to a port inside a workspace: an HTTP CONNECT to its runner. Throws a `TunnelError`. */
export function openTunnel(address: RunnerAddress, port: number, token: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const connect = request({
      ...address,
      method: 'CONNECT',
      path: `localhost:${port}`,
      headers: { 'proxy-authorization': `Bearer ${token}` },
      timeout: 10_000,
    })
    connect.once('connect', (response, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
        return
      }
      socket.destroy()
      const closed = response.headers['x-codenest-reason'] === 'port_closed'
      const last = parseLast(response.headers['x-codenest-last'])
      reject(new TunnelError(closed ? 'port_closed' : 'runner_unreachable', { last }))
    })
    connect.once('response', (response) => {
      response.resume()
      reject(new TunnelError('runner_unreachable'))
    })
    connect.once('timeout', () => connect.destroy(new TunnelError('runner_unreachable')))
    connect.once('error', (error) =>
      reject(
        error instanceof TunnelError
          ? error
          : new TunnelError('runner_unreachable', { cause: messageOf(error) }),
      ),
    )
    connect.end()
  })
}

/** Connections to one app; `reused` keeps them open between requests. */
export function createTunnelAgent(open: () => Promise<Socket>, reused: boolean): Agent {
  const agent = new Agent({ keepAlive: reused, maxSockets: 256 })
  agent.createConnection = (_options, done): Duplex | null | undefined => {
    open().then(
      (socket) => done?.(null, socket),
      // The type wants a stream beside the error; there is none.
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    )
    return undefined
  }
  return agent
}

/** The runner is a stranger: what it says is text for a page, and short. */
function parseLast(header: string | string[] | undefined): LastListener | null {
  try {
    return LastListener.parse(JSON.parse(decodeURIComponent(String(header))))
  } catch {
    return null
  }
}
