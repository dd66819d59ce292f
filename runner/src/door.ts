import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream'

import type { RunnerConfig } from './protocol.ts'

/** Leads from a port of this loopback to the platform's socket. Throws when the port is taken. */
export async function openDoor({
  port,
  socket,
}: NonNullable<RunnerConfig['door']>): Promise<AsyncDisposable> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (inside) => {
    const outside = connect({ path: socket, allowHalfOpen: true })
    open.add(inside)
    inside.on('close', () => open.delete(inside))
    // One that fails takes the other along: its client is told by the connection that ends.
    pipeline(inside, outside, () => {})
    pipeline(outside, inside, () => {})
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const inside of open) inside.destroy()
      await closed
    },
  }
}
