import { request as httpRequest } from 'node:http'
import type { Agent, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { Tokens } from '../access/tokens.ts'
import type { Engine, RunnerAddress } from '../engines/engine.ts'
import { forwardedHeaders, responseHeaders } from './headers.ts'
import { parseHost } from './host.ts'
import type { Destination } from './host.ts'
import { sendPage } from './pages.ts'
import { ENTER_PATH } from './preview-access.ts'
import type { PreviewAccess } from './preview-access.ts'
import { createTunnelAgent, openTunnel, TunnelError } from './tunnel.ts'
import { waitForAddress } from './wait-for-address.ts'

/** Seconds; the gateway's own tokens are made for one connection. */
const HOP_TOKEN_SECONDS = 60

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
  readonly #agents = new Map<string, Agent>()
  readonly #subscription: Disposable

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#subscription = options.engine.subscribe((id) => this.#forget(id))
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const destination = parseHost(request.headers.host, this.#options.domain)
    if (destination?.kind === 'platform') this.#options.platform(request, response)
    else if (destination?.kind === 'preview')
      this.#guard(response, this.#preview(destination, request, response))
    else if (destination?.kind === 'runner') this.#toPage(destination.workspace, request, response)
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
          : Promise.resolve(refuse(socket, 404))
    upgraded.catch((error: unknown) => {
      this.#options.log.info({ err: error }, 'an upgrade failed')
      refuse(socket, 502)
    })
  };

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
    for (const agent of this.#agents.values()) agent.destroy()
  }

  async #upgradeRunner(
    workspace: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const { origin, tokens, engine } = this.#options
    if (request.headers.origin !== origin) return refuse(socket, 403)
    const token = new URL(request.url ?? '/', origin).searchParams.get('token') ?? ''
    if (!(await tokens.verify(token, `runner:${workspace}`))) return refuse(socket, 401)
    const closed = new AbortController()
    socket.once('close', () => closed.abort())
    const address = await waitForAddress(engine, workspace, closed.signal)
    if (!address) return refuse(socket, 503)
    this.#pipeUpgrade({ ...address }, request, socket, head)
  }

  async #upgradePreview(
    { workspace, port }: Destination & { kind: 'preview' },
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    if (!(await this.#options.previews.allows(request, workspace, port))) return refuse(socket, 401)
    // A socket that another site's page opens would carry the preview's cookie.
    const own = `http://${request.headers.host}`
    if (request.headers.origin !== undefined && request.headers.origin !== own) return refuse(socket, 403)
    const connection = await this.#tunnel(workspace, port)
    this.#pipeUpgrade({ createConnection: () => connection }, request, socket, head)
  }

  #pipeUpgrade(
    target: RunnerAddress | { createConnection: () => Duplex },
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    const upstream = httpRequest({
      ...target,
      method: request.method,
      path: request.url,
      headers: forwardedHeaders(request, true),
      setHost: false,
    })
    upstream.once('upgrade', (response, peer, peerHead) => {
      const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`]
      for (let at = 0; at < response.rawHeaders.length; at += 2)
        lines.push(`${response.rawHeaders[at]}: ${response.rawHeaders[at + 1]}`)
      socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      if (peerHead.length > 0) socket.write(peerHead)
      if (head.length > 0) peer.write(head)
      pipeline(socket, peer, () => {})
      pipeline(peer, socket, () => {})
    })
    upstream.once('response', (response) => {
      response.resume()
      refuse(socket, response.statusCode ?? 502)
    })
    upstream.once('error', () => refuse(socket, 502))
    socket.once('close', () => upstream.destroy())
    upstream.end()
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
    this.#forward(workspace, port, request, response)
  }

  #forward(workspace: string, port: number, request: IncomingMessage, response: ServerResponse): void {
    const upstream = httpRequest({
      agent: this.#agent(workspace, port),
      method: request.method,
      path: request.url,
      headers: forwardedHeaders(request),
      setHost: false,
    })
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, responseHeaders(answer.rawHeaders))
      pipeline(answer, response, () => {})
    })
    upstream.once('error', (error) => {
      if (response.headersSent) response.destroy()
      else if (error instanceof TunnelError && error.reason === 'port_closed')
        sendPage(
          response,
          502,
          `Waiting for port ${port}`,
          'Nothing listens there yet. This page reloads by itself.',
          { refresh: 1 },
        )
      else
        sendPage(
          response,
          502,
          'The app did not answer',
          `Port ${port} closed the connection. The terminal may say why.`,
        )
    })
    response.once('close', () => upstream.destroy())
    pipeline(request, upstream, () => {})
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

  #toPage(workspace: string, request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'GET') response.writeHead(404).end()
    else response.writeHead(303, { location: `${this.#options.origin}/w/${workspace}` }).end()
  }

  #agent(workspace: string, port: number): Agent {
    const key = `${port}--${workspace}`
    const known = this.#agents.get(key)
    if (known) return known
    const agent = createTunnelAgent(() => this.#tunnel(workspace, port))
    this.#agents.set(key, agent)
    return agent
  }

  async #tunnel(workspace: string, port: number): ReturnType<typeof openTunnel> {
    const address = this.#options.engine.address(workspace)
    if (!address) throw new TunnelError('runner_unreachable')
    const { token } = await this.#options.tokens.mint(`runner:${workspace}`, 'gateway', HOP_TOKEN_SECONDS)
    return openTunnel(address, port, token)
  }

  /** Connections into a runner that has gone lead nowhere. */
  #forget(workspace: string): void {
    if (this.#options.engine.address(workspace)) return
    for (const [key, agent] of this.#agents) {
      if (!key.endsWith(`--${workspace}`)) continue
      agent.destroy()
      this.#agents.delete(key)
    }
  }

  #guard(response: ServerResponse, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'a preview request failed')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  }
}

function refuse(socket: Duplex, status: number): void {
  if (socket.writable)
    socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  else socket.destroy()
}
