import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A Git server in a process of its own, as in production: it shares neither event loop nor heap with the clients. */
export interface ServerProcess extends AsyncDisposable {
  pid: number
  url(repository: string): string
}

/** Starts a module of this folder that calls `serve`, and hands it its options. */
export async function startServer(module: string, options: object): Promise<ServerProcess> {
  const child = fork(new URL(module, import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  child.send(options)
  const said = await Promise.race([once(child, 'message'), ended.then(() => null)])
  if (!said || child.pid === undefined) throw new Error(`${module} did not start`)
  const { port } = said[0] as { port: number }
  return {
    pid: child.pid,
    url: (repository) => `http://127.0.0.1:${port}/git/${repository}.git`,
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

export interface Served extends AsyncDisposable {
  answer: RequestListener
}

/** The other end, in the server's process: listens on a free port until the bench lets go of it. */
export function serve(start: (options: unknown) => Promise<Served>): void {
  process.once('message', (options: unknown) => {
    void (async () => {
      await using served = await start(options)
      const server = createServer(served.answer)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const disconnected = once(process, 'disconnect')
      process.send?.({ port: (server.address() as AddressInfo).port })
      await disconnected
      server.closeAllConnections()
      server.close()
    })()
  })
}
