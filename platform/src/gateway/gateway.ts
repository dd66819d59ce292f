import { Agent } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { FILES_PREFIX } from '@codenest/runner/protocol'
import type { Logger } from 'pino'
import { forwardRequest } from './forward-request.ts'
import { parseHost } from './host.ts'
import { Previews } from './preview.ts'
import type { PreviewOptions } from './preview.ts'
import { pipeUpgrade, refuseUpgrade } from './upgrade.ts'
import { waitForAddress } from './wait-for-address.ts'

export interface GatewayOptions extends PreviewOptions {
  log: Logger
  /** Answers what is for the platform itself. */
  platform: (request: IncomingMessage, response: ServerResponse) => void
}

/**
 * One connection a request: an upload must not meet one that its runner has just given up. And it stays open until the
 * answer was read: closed behind an early refusal it would break the upload off before anybody saw why.
 */
const once = new Agent({ keepAlive: true, maxFreeSockets: 0 })

/** The way in: tells by the host name whether a request is for the platform, a runner, or an app in a workspace. */
export class Gateway implements Disposable {
  readonly #options: GatewayOptions
  readonly #previews: Previews

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#previews = new Previews(options)
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const destination = parseHost(request.headers.host, this.#options.domain)
    if (destination?.kind === 'platform') this.#options.platform(request, response)
    else if (destination?.kind === 'preview')
      this.#guard(response, this.#previews.handle(destination, request, response))
    else if (destination?.kind === 'runner') this.#runner(destination.workspace, request, response)
    else response.writeHead(421).end()
  }

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    const destination = parseHost(request.headers.host, this.#options.domain)
    const upgraded =
      destination?.kind === 'runner'
        ? this.#upgradeRunner(destination.workspace, request, socket, head)
        : destination?.kind === 'preview'
          ? this.#previews.upgrade(destination, request, socket, head)
          : Promise.resolve(refuseUpgrade(socket, 404))
    upgraded.catch((error: unknown) => {
      this.#options.log.info({ err: error }, 'an upgrade failed')
      refuseUpgrade(socket, 502)
    })
  };

  [Symbol.dispose](): void {
    this.#previews[Symbol.dispose]()
  }

  async #upgradeRunner(
    workspace: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { origin, tokens, engine } = this.#options
    if (request.headers.origin !== origin) return refuseUpgrade(socket, 403)
    const token = new URL(request.url ?? '/', origin).searchParams.get('token') ?? ''
    if (!(await tokens.verify(token, `runner:${workspace}`))) return refuseUpgrade(socket, 401)
    const closed = new AbortController()
    socket.once('close', () => closed.abort())
    const address = await waitForAddress(engine, workspace, closed.signal)
    if (!address) return refuseUpgrade(socket, 503)
    pipeUpgrade({ ...address }, request, socket, head, this.#options.forwarding)
  }

  /** Bytes of files are the runner's to serve, who checks the ticket in the URL; else the workspace is on the page. */
  #runner(workspace: string, request: IncomingMessage, response: ServerResponse): void {
    const { engine, origin, forwarding } = this.#options
    if (request.url?.startsWith(FILES_PREFIX)) {
      const address = engine.address(workspace)
      const fail = (): void => void response.writeHead(503, { 'access-control-allow-origin': origin }).end()
      if (address) forwardRequest({ ...address, agent: once }, request, response, forwarding, fail)
      else fail()
    } else if (request.method !== 'GET') response.writeHead(404).end()
    else response.writeHead(303, { location: `${origin}/w/${workspace}` }).end()
  }

  #guard(response: ServerResponse, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'a preview request failed')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  }
}
