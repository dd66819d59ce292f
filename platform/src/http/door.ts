import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { once } from 'node:events'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { close, listen } from './listen.ts'

export interface DoorOptions {
  host: string
  port: number
  /** Unix socket for runners with a network of their own; null where there are none. */
  socket: string | null
  /** Milliseconds. */
  requestTimeout: number
}

/** Where runners come in: behind it are their remotes, and nothing that a browser may ask for. */
export interface Door extends AsyncDisposable {
  port: number
  /** Until then whoever comes waits. */
  serve: (app: RequestListener) => void
}

/** Throws a `ConfigError` when the operator has to choose another address. */
export async function openDoor({ host, port, socket, requestTimeout }: DoorOptions): Promise<Door> {
  await using resources = new AsyncDisposableStack()
  const outer = createServer({ requestTimeout })
  const opened = await listen(outer, { host, port })
  resources.defer(() => close(outer))
  const servers = [outer]
  if (socket !== null) {
    const inner = createServer({ requestTimeout })
    await mkdir(dirname(socket), { recursive: true, mode: 0o700 })
    await rm(socket, { force: true })
    await once(inner.listen(socket), 'listening')
    resources.defer(() => close(inner))
    // Workspaces are other users. Who may connect is decided by the folder, which is closed to all.
    await chmod(socket, 0o666)
    servers.push(inner)
  }
  const held = resources.move()
  return {
    port: opened,
    serve(app) {
      for (const server of servers)
        server.on('request', (request, response) => {
          if (/^\/(git|runner)\//.test(request.url ?? '')) app(request, response)
          else response.writeHead(404).end()
        })
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
