import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'
import type { Api } from './api.ts'
import { ApiError } from './api-error.ts'
import { authorize } from './authorization.ts'
import type { Identity } from './authorization.ts'
import type { Faults } from './faults.ts'
import { routeOf } from './kinds.ts'
import type { Json } from './objects.ts'
import { answer, Lists } from './requests.ts'
import { selects } from './selectors.ts'
import type { Watches } from './watches.ts'

export interface ApiServerOptions {
  api: Api
  watches: Watches
  faults: Faults
  /** PEM; plain HTTP without. */
  tls?: { key: string; cert: string }
  /** By token. Without it everybody may do everything. */
  identities?: ReadonlyMap<string, Identity>
}

/** Answers over HTTP. */
export class ApiServer implements AsyncDisposable {
  /** `PATCH /api/v1/…?…` of each request so far. */
  readonly requests: string[] = []
  readonly url: string
  readonly #options: ApiServerOptions
  readonly #server: Server
  readonly #lists = new Lists()
  #offline = false

  private constructor(options: ApiServerOptions, server: Server) {
    this.#options = options
    this.#server = server
    const { port } = server.address() as AddressInfo
    this.url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`
    server.on('request', (request, response) => void this.#handle(request, response))
  }

  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const server = options.tls ? createTlsServer(options.tls) : createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ApiServer(options, server)
  }

  /** While it is, every connection breaks, and those that are open do so now. */
  set offline(offline: boolean) {
    this.#offline = offline
    if (offline) this.#server.closeAllConnections()
  }

  /** Forgets what happened: watches that resume from before, and lists under way, get 410. */
  compact(): void {
    this.#options.api.store.compact()
    this.#lists.forget()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    try {
      if (this.#offline) request.socket.destroy()
      else await this.#answer(request, response)
    } catch (error) {
      if (error instanceof ApiError) send(response, error.code, error.toStatus())
      else {
        const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
        send(response, 500, new ApiError(500, 'InternalError', message).toStatus())
      }
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const { method = 'GET' } = request
    this.requests.push(`${method} ${url.pathname}${url.search}`)
    const type = (request.headers['content-type'] ?? '').split(';')[0] ?? ''
    const body = parseBody(await text(request))
    const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '')
    const userAgent = request.headers['user-agent'] ?? ''
    const effect = this.#options.faults.take({
      method,
      path: url.pathname,
      query: url.searchParams,
      isWatch,
      userAgent,
      body,
    })
    if (effect?.kind === 'stall') return
    if (effect?.kind === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    if (effect?.kind === 'refuse') {
      const { status, retryAfterSeconds, message = 'scripted', reason = 'Scripted' } = effect
      if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds))
      send(response, status, new ApiError(status, reason, message).toStatus())
      return
    }
    if (this.#isHealthCheck(url.pathname, response)) return
    const route = routeOf(url.pathname)
    if (!route) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource')
    const query = url.searchParams
    const { identities } = this.#options
    authorize(identities, request.headers.authorization, method, isWatch, route, query.get('fieldSelector'))
    const { api, watches } = this.#options
    if (isWatch && method === 'GET') {
      watches.begin(
        {
          resource: route.resource,
          namespace: route.namespace,
          matches: selects(query.get('labelSelector'), query.get('fieldSelector')),
          resourceVersion: query.get('resourceVersion'),
          bookmarks: query.get('allowWatchBookmarks') === 'true',
          timeoutSeconds: Number(query.get('timeoutSeconds') ?? '1800'),
        },
        response,
      )
      return
    }
    const manager = query.get('fieldManager') ?? userAgent.split('/')[0] ?? 'unknown'
    const { status, value, warnings } = answer(api, this.#lists, {
      method,
      route,
      query,
      type,
      body,
      manager,
    })
    if (effect?.kind === 'lose') {
      request.socket.resetAndDestroy()
      return
    }
    for (const warning of warnings ?? []) response.appendHeader('warning', `299 - ${JSON.stringify(warning)}`)
    send(response, status, value)
  }

  #isHealthCheck(path: string, response: ServerResponse): boolean {
    if (['/livez', '/readyz', '/healthz'].includes(path)) response.end('ok')
    else if (path === '/version')
      send(response, 200, { major: '1', minor: '36', gitVersion: 'v1.36.0-double' })
    else return false
    return true
  }
}

function parseBody(body: string): unknown {
  if (body === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return parse(body) as unknown
  }
}

function send(response: ServerResponse, status: number, value: Json): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const content = Buffer.from(JSON.stringify(value))
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': content.length })
    .end(content)
}
