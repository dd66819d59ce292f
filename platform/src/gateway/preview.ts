import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Tokens } from '../access/tokens.ts'
import type { Engine } from '../engines/engine.ts'
import { AppProxy } from './app-proxy.ts'
import { CONSOLE_PATH, consoleTag, rememberConsole, sendConsoleScript, wantsConsole } from './console.ts'
import { allowSibling, answerPreflight, siblingOrigin } from './cors.ts'
import type { Forwarding } from './headers.ts'
import { sendPage } from './pages.ts'
import { ENTER_PATH } from './preview-access.ts'
import type { PreviewAccess } from './preview-access.ts'
import { sendProgress } from './progress-page.ts'
import type { StartProgress } from './progress-page.ts'
import { pipeUpgrade, refuseUpgrade } from './upgrade.ts'

/** Milliseconds between two looks at whether a guest is still one. */
const GUEST_MS = 2_000

export interface PreviewOptions {
  engine: Engine
  tokens: Tokens
  previews: PreviewAccess
  forwarding: Forwarding
  /** Exact origin of the page. */
  origin: string
  domain: string
  /** Starts a workspace, and what its Run button runs. */
  wake: (workspace: string) => Promise<void>
  /** How far a start is; null when nobody knows the workspace. */
  progress: (workspace: string) => Promise<StartProgress | null>
}

/** One app in a workspace, by its port. */
export interface App {
  workspace: string
  port: number
}

/** Apps of workspaces, each at an origin of its own: who may see them, and what is shown until they are there. */
export class Previews implements Disposable {
  readonly #options: PreviewOptions
  readonly #apps: AppProxy

  constructor(options: PreviewOptions) {
    this.#options = options
    this.#apps = new AppProxy(options)
  }

  async handle(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { previews, domain, origin } = this.#options
    const { workspace, port } = app
    const url = new URL(request.url ?? '/', 'http://preview')
    if (url.pathname === CONSOLE_PATH) return sendConsoleScript(response)
    if (url.pathname === ENTER_PATH) return this.#enter(app, url.searchParams, request, response)
    const sibling = siblingOrigin(request, workspace, domain)
    // A browser asks first, and shows no cookie: whether it may ask is not worth hiding from one's own apps.
    if (sibling && request.method === 'OPTIONS' && !request.headers.cookie)
      return answerPreflight(request, response, sibling)
    if (sibling) allowSibling(response, sibling)
    const visitor = await previews.visitor(request, workspace, port)
    if (!visitor) return this.#signIn(app, request.url ?? '/', request, response)
    if (visitor === 'former') return this.#sendOver(app, request.url ?? '/', response)
    if (this.#options.engine.address(workspace)) {
      if (visitor === 'guest') this.#watch(app, request, response)
      const isWatched = visitor === 'owner' && wantsConsole(request)
      this.#apps.forward(app, request, response, isWatched ? consoleTag(origin) : undefined)
      return
    }
    await this.#wake(app, visitor === 'owner' && isNavigation(request), response)
  }

  async upgrade(app: App, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { previews, domain, forwarding } = this.#options
    const visitor = await previews.visitor(request, app.workspace, app.port)
    if (!visitor || visitor === 'former') return refuseUpgrade(socket, 401)
    // A socket that another site's page opens would carry the preview's cookie.
    const { origin } = request.headers
    const own = `${forwarding.protocol(request)}://${request.headers.host}`
    if (origin !== undefined && origin !== own && !siblingOrigin(request, app.workspace, domain))
      return refuseUpgrade(socket, 403)
    if (visitor === 'guest') this.#watch(app, request, socket)
    const connection = await this.#apps.connect(app)
    pipeUpgrade({ createConnection: () => connection }, request, socket, head, forwarding)
  }

  [Symbol.dispose](): void {
    this.#apps[Symbol.dispose]()
  }

  async #enter(
    app: App,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const cookie = await this.#options.previews.enter(query, app.workspace, app.port)
    const path = query.get('to') ?? '/'
    if (cookie) {
      const { 'set-cookie': more = [], ...remembered } = rememberConsole(query.get('console'), request)
      const headers = {
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'set-cookie': [cookie, ...more],
        ...remembered,
      }
      // The page may want the cookie alone, for an app that asks another one: the app need not hear of it.
      if (query.has('quiet')) return void response.writeHead(204, headers).end()
      // Two slashes at the beginning would name another host.
      const location = /^\/(?![/\\])/.test(path) ? path : '/'
      response.writeHead(303, { ...headers, location }).end()
    } else if (query.has('share')) this.#sendOver(app, path, response)
    else this.#signIn(app, path, request, response)
  }

  /** Ends what a guest has open, a socket or a stream, when it is not shared with them any more. */
  #watch({ workspace, port }: App, request: IncomingMessage, open: Duplex | ServerResponse): void {
    if (open.destroyed) return
    const look = async (): Promise<void> => {
      const visitor = await this.#options.previews.visitor(request, workspace, port)
      if (visitor !== 'guest') open.destroy()
    }
    // A link also ends by time alone, of which nobody tells.
    const timer = setInterval(() => void look().catch(() => open.destroy()), GUEST_MS)
    timer.unref()
    open.once('close', () => clearInterval(timer))
  }

  /** What a guest could see is not shared with them any more. */
  #sendOver(app: App, path: string, response: ServerResponse): void {
    const text = 'It has expired or was revoked, or the workspace was stopped since. Ask for a new one.'
    const link = { href: this.#openUrl(app, path), label: 'It is my workspace' }
    sendPage(response, 410, 'This link is no longer good', text, { link })
  }

  /** Where the page lets its owner into a preview. */
  #openUrl({ workspace, port }: App, path: string): string {
    const query = new URLSearchParams({ workspace, port: String(port), path })
    return `${this.#options.origin}/open?${query.toString()}`
  }

  /** People are sent to sign in by the page; programs are told. */
  #signIn(app: App, path: string, request: IncomingMessage, response: ServerResponse): void {
    if (!isNavigation(request)) {
      const text = `Port ${app.port} of this workspace is private. Open its preview once, and send requests with credentials ("include").\n`
      response.writeHead(401, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
      return
    }
    response.writeHead(303, { location: this.#openUrl(app, path), 'cache-control': 'no-store' }).end()
  }

  /** A visit of the owner starts the workspace; whoever waits sees how far it is, and then the app. */
  async #wake({ workspace, port }: App, isOwner: boolean, response: ServerResponse): Promise<void> {
    const { origin, progress, wake } = this.#options
    const before = await progress(workspace)
    if (isOwner && before?.state === 'stopped') await wake(workspace)
    const now = isOwner ? await progress(workspace) : before
    sendProgress(response, now, { port, workspaceUrl: `${origin}/w/${workspace}` })
  }
}

/** A person looks at it: a program, or a part of a page, is told by a status. */
export function isNavigation(request: IncomingMessage): boolean {
  const { 'sec-fetch-mode': mode, accept = '' } = request.headers
  if (request.method !== 'GET') return false
  return mode === undefined ? accept.includes('text/html') : mode === 'navigate'
}
