import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RunnerAddress } from '../engines/engine.ts'
import { messageOf } from '../errors.ts'

/** Nothing in the workspace listens on the port, or nobody could be asked. */
export class TunnelError extends Error {
  override name = 'TunnelError'
  readonly reason: 'port_closed' | 'runner_unreachable'

  constructor(reason: TunnelError['reason'], options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
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
      reject(new TunnelError(closed ? 'port_closed' : 'runner_unreachable'))
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

/** Keeps connections to one app open between requests. */
export function createTunnelAgent(open: () => Promise<Socket>): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
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
