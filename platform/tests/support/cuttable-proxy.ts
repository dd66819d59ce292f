import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A network that can be cut: `silent` lets connections hang as if the cable were out, `broken` ends them. */
export type Network = 'up' | 'silent' | 'broken'

export interface CuttableProxy extends AsyncDisposable {
  port: number
  set(network: Network): void
}

/** Stands between a browser and a server on this machine. */
export async function startCuttableProxy(target: number): Promise<CuttableProxy> {
  let network: Network = 'up'
  const pairs = new Set<[Socket, Socket]>()
  const server = createServer((client) => {
    if (network === 'broken') {
      client.destroy()
      return
    }
    const upstream = connect(target, '127.0.0.1')
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    // What is sent into the silence is lost.
    client.on('data', (data) => network === 'up' && upstream.write(data))
    upstream.on('data', (data) => network === 'up' && client.write(data))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const [client, upstream] of pairs) {
      client.destroy()
      upstream.destroy()
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      // A connection that has missed something is of no use any more.
      if (network === 'silent' || next === 'broken') cut()
      network = next
    },
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
