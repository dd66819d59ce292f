import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { FILES_PREFIX } from '@codenest/runner/protocol'
import type { Logger } from 'pino'
import type { Tokens } from '../access/tokens.ts'
import type { Engine } from '../engines/engine.ts'
import { AppProxy } from './app-proxy.ts'
import { forwardRequest } from './forward-request.ts'
import { parseHost } from './host.ts'
import type { Destination } from './host.ts'
import { sendPage } from './pages.ts'
import { ENTER_PATH } from './preview-access.ts'
import type { PreviewAccess } from './preview-access.ts'
import { pipeUpgrade, refuseUpgrade } from './upgrade.ts'
import { waitForAddress } from './wait-for-address.ts'

export interface GatewayOptions {
  engine: Engine
  tokens: Tokens
  previews: PreviewAccess
  /** Exact origin of the page. */
  origin: string
  domain: string
  log: Logger
  /** Answers what is for the platform itself. */
  platform: (request: IncomingMessage, response: ServerResponse) => void
}

/** The way in: tells by the host name whether a request is for the platform, a runner, or an app in a workspace. */
export class Gateway implements Disposable {
  readonly #options: GatewayOptions
  readonly #apps: AppProxy

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#apps = new AppProxy(options.engine, options.tokens)
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const destination = parseHost(request.headers.host, this.#options.domain)
    if (destination?.kind === 'platform') this.#options.platform(request, response)
    else if (destination?.kind === 'preview')
      this.#guard(response, this.#preview(destination, request, response))
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
          ? this.#upgradePreview(destination, request, socket, head)
          : Promise.resolve(refuseUpgrade(socket, 404))
    upgraded.catch((error: unknown) => {
      this.#options.log.info({ err: error }, 'an upgrade failed')
      refuseUpgrade(socket, 502)
    })
  };

  [Symbol.dispose](): void {
    this.#apps[Symbol.dispose]()
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
    pipeUpgrade({ ...address }, request, socket, head)
  }

  async #upgradePreview(
    { workspace, port }: Destination & { kind: 'preview' },
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    if (!(await this.#options.previews.allows(request, workspace, port))) return refuseUpgrade(socket, 401)
    // A socket that another site's page opens would carry the preview's cookie.
    const own = `http://${request.headers.host}`
    if (request.headers.origin !== undefined && request.headers.origin !== own)
      return refuseUpgrade(socket, 403)
    const connection = await this.#apps.connect(workspace, port)
    pipeUpgrade({ createConnection: () => connection }, request, socket, head)
  }

  async #preview(
    { workspace, port }: Destination & { kind: 'preview' },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { previews, origin, engine } = this.#options
    const url = new URL(request.url ?? '/', 'http://preview')
    if (url.pathname === ENTER_PATH) {
      const cookie = await previews.enter(url.searchParams.get('ticket') ?? '', workspace, port)
      const path = url.searchParams.get('to') ?? '/'
      // Two slashes at the beginning would name another host.
      if (cookie)
        response
          .writeHead(303, {
            'set-cookie': cookie,
            location: /^\/(?![/\\])/.test(path) ? path : '/',
            'cache-control': 'no-store',
          })
          .end()
      else this.#signIn(workspace, port, path, request, response)
      return
    }
    if (!(await previews.allows(request, workspace, port))) {
      this.#signIn(workspace, port, request.url ?? '/', request, response)
      return
    }
    if (!engine.address(workspace)) {
      const link = { href: `${origin}/w/${workspace}`, label: 'Open the workspace' }
      sendPage(response, 503, 'The workspace is not running', 'Start it, and this page is there again.', {
        link,
      })
      return
    }
    this.#apps.forward(workspace, port, request, response)
  }

  /** People are sent to sign in by the page; programs are told. */
  #signIn(
    workspace: string,
    port: number,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const navigation = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    if (!navigation) {
      response
        .writeHead(401, { 'content-type': 'text/plain; charset=utf-8' })
        .end('Open this preview from its workspace first.\n')
      return
    }
    const target = `${this.#options.origin}/open?workspace=${workspace}&port=${port}&path=${encodeURIComponent(path)}`
    response.writeHead(303, { location: target, 'cache-control': 'no-store' }).end()
  }

  /** Bytes of files are the runner's to serve, who checks the ticket in the URL; else the workspace is on the page. */
  #runner(workspace: string, request: IncomingMessage, response: ServerResponse): void {
    const { engine, origin } = this.#options
    if (request.url?.startsWith(FILES_PREFIX)) {
      const address = engine.address(workspace)
      const fail = (): void => void response.writeHead(503, { 'access-control-allow-origin': origin }).end()
      // One connection a request: an upload must not meet one that its runner has just given up.
      if (address) forwardRequest({ ...address, agent: false }, request, response, fail)
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
