import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

import type { RunnerConfig } from './protocol.ts'

/** Leads from a port of this loopback to the platform's socket. Throws when the port is taken. */
export async function openDoor({
  port,
  socket,
}: NonNullable<RunnerConfig['door']>): Promise<AsyncDisposable> {
  const open = new Set<Disposable>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (inside) => {
    const outside = connect({ path: socket, allowHalfOpen: true })
    const both = { [Symbol.dispose]: () => void [inside, outside].map((end) => end.destroy()) }
    open.add(both)
    inside.on('close', () => open.delete(both))
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
      for (const both of open) both[Symbol.dispose]()
      await closed
    },
  }
}
