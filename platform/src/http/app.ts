import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express from 'express'
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import type { Identity } from '../access/identity.ts'
import type { LaunchLink } from '../access/launch-link.ts'
import type { LocalOwner } from '../access/local-owner.ts'
import { AppError } from '../errors.ts'
import { sendPage } from '../gateway/pages.ts'
import type { GitHttp } from '../git/smart-http.ts'
import type { Registry } from '../metrics/registry.ts'
import { API_PREFIX } from '../protocol.ts'
import { createOpenApi } from './openapi.ts'
import { createErrorHandler } from './problems.ts'
import { createMetricsHandler } from './routes/metrics.ts'
import { mount } from './route.ts'
import type { Route } from './route.ts'
import { sendBadge } from './badge.ts'
import { securityHeaders } from './security-headers.ts'

/** Pages of the single-page app; everything else that is no file is not found. */
const PAGES = ['/', '/new', '/open', '/w/:id', '/w/:id/history']
/** What the page of a link is made of, besides its scripts. */
const OPEN_FILES = ['/theme.js', '/favicon.svg']

export interface AppOptions {
  routes: Route[]
  events: (request: Request, response: Response) => Promise<void>
  git: GitHttp
  renewRunnerToken: RequestHandler
  runnerEvents: RequestHandler
  runnerIdle: RequestHandler
  runnerEnvironment: RequestHandler
  owner: LocalOwner
  launch: LaunchLink
  /** Somebody comes back from a code host with its answer; null where there is none. */
  connected: RequestHandler | null
  /** Hands on what only the replica that leads can do; null when there is one platform alone. */
  toLeader: RequestHandler | null
  /** Called when a launch link was used. */
  launched: () => void
  /** Called when the page of a workspace is opened. */
  visited: (owner: Identity, id: string) => Promise<void>
  /** Throws an `AppError` that says why a link opens nothing. */
  openLink: (token: string) => Promise<unknown>
  /** Exact origin of the page. */
  origin: string
  /** Folder of the built page. */
  web: string
  version: string
  metrics: Registry
  isReady: () => boolean
  log: Logger
}

/** The platform's own HTTP: page, API, Git. */
export function createApp(options: AppOptions): Express {
  const { git, owner, launch, visited, origin, web, log } = options
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders(origin))

  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', (_request, response) => {
    const ready = options.isReady()
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'starting' })
  })
  app.get('/badge.svg', sendBadge)
  app.get('/metrics', createMetricsHandler(options.metrics))
  app.use((request, response, next) => {
    if (!request.path.startsWith('/git/')) {
      next()
      return
    }
    git.handle(request, response).catch((error: unknown) => {
      if (error instanceof AppError && error.status === 401)
        response.setHeader('www-authenticate', 'Basic realm="CodeNest", charset="UTF-8"')
      next(error)
    })
  })
  app.post('/runner/v1/token', options.renewRunnerToken)
  app.get('/runner/v1/events', options.runnerEvents)
  app.post('/runner/v1/idle', options.runnerIdle)
  app.post('/runner/v1/environment', options.runnerEnvironment)
  app.get('/launch', async (request, response) => {
    const token = typeof request.query['token'] === 'string' ? request.query['token'] : ''
    if (await launch.redeem(token)) {
      response.setHeader('set-cookie', await owner.signIn())
      options.launched()
    } else if (!(await owner.identify(request))) {
      sendPage(
        response,
        401,
        'This link was used already, or is too old',
        'Each link signs in one browser. The terminal that runs CodeNest shows a new one, and so does "npm run admin -- launch-link".',
      )
      return
    }
    response.redirect(303, '/')
  })

  // For everybody: there is nothing of anybody's in the page itself.
  const assets = express.static(join(web, 'assets'), { immutable: true, maxAge: '1y', index: false })
  app.use('/assets', assets)
  app.get(OPEN_FILES, express.static(web, { index: false, maxAge: 0 }))
  app.use(createSharedPages(options))
  app.use(async (request, response, next) => {
    const identity = await owner.identify(request)
    if (!identity) {
      if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html') {
        sendPage(
          response,
          401,
          'You are not signed in',
          'Open the link that the terminal which runs CodeNest shows.',
          isLedHere(request) ? { refresh: 0 } : {},
        )
        return
      }
      throw new AppError(
        401,
        'not_signed_in',
        'You are not signed in. Open the link that the terminal which runs CodeNest shows.',
      )
    }
    response.locals['identity'] = identity
    next()
  })
  if (options.connected) app.get('/connect/github/callback', options.connected)
  app.use(API_PREFIX, createApi(options))
  app.use(express.static(web, { index: false, maxAge: 0 }))
  app.get('/w/:id', (request, response, next) => {
    const { identity } = response.locals as { identity: Identity }
    if (isVisit(request))
      visited(identity, request.params.id).catch((error: unknown) =>
        log.warn({ err: error }, 'a workspace could not be started by a visit'),
      )
    next()
  })
  app.get(PAGES, (_request, response) => {
    response.setHeader('cache-control', 'no-cache')
    response.sendFile(builtPage(web))
  })
  app.use(() => {
    throw new AppError(404, 'not_found', 'There is nothing at this address.')
  })
  app.use(createErrorHandler(log))
  return app
}

/**
 * Somebody who follows a link from another site comes without the session's strict cookie, and previews are other
 * sites below `localhost`. Asked for once more by the answer itself, a page is shown to whoever is signed in.
 */
function isLedHere({ headers, path }: Request): boolean {
  const isLink = headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-dest'] === 'document'
  return isLink && !path.startsWith(API_PREFIX)
}

/** Somebody looks at it now: a browser that only fetches in advance says so. */
function isVisit({ headers }: Request): boolean {
  return headers['sec-fetch-dest'] === 'document' && headers['sec-purpose'] === undefined
}

function createApi({ routes, events, origin, version, toLeader }: AppOptions): RequestHandler {
  const router = express.Router()
  const openApi = createOpenApi(routes, version)
  router.use(requireSameOrigin(origin))
  router.use(express.json({ limit: '1mb', strict: true }))
  router.get('/openapi.json', (_request, response) => void response.json(openApi))
  router.get('/events', events)
  if (toLeader) router.post('/workspaces/:id/restore', toLeader)
  for (const route of routes) if (!route.open) mount(router, route)
  router.use(() => {
    throw new AppError(404, 'not_found', 'There is no such operation. See /api/v1/openapi.json.')
  })
  return router
}

/**
 * What is seen by a link, without signing in: its page, and what that asks for. Nothing of it is to be found by search
 * engines; that no address is told to others by `Referer` holds for all pages.
 */
function createSharedPages({ routes, owner, openLink, web }: AppOptions): RequestHandler {
  const router = express.Router()
  router.use([`${API_PREFIX}/shared`, '/shared'], (_request, response, next) => {
    response.setHeader('x-robots-tag', 'noindex, nofollow, noarchive')
    response.setHeader('cache-control', 'no-store')
    next()
  })
  router.use(`${API_PREFIX}/shared`, async (request, response, next) => {
    response.locals['identity'] = await owner.identify(request)
    next()
  })
  const api = express.Router()
  for (const route of routes) if (route.open) mount(api, route)
  router.use(API_PREFIX, api)
  router.get('/shared/:token', async (request, response) => {
    const status = await openLink(request.params.token).then(
      () => 200,
      (error: unknown) => {
        if (error instanceof AppError) return error.status
        throw error
      },
    )
    response.status(status).sendFile(builtPage(web))
  })
  return router
}

function builtPage(web: string): string {
  const page = join(web, 'index.html')
  if (existsSync(page)) return page
  throw new AppError(503, 'page_missing', 'The page is not built. Start CodeNest with "npm start".')
}

/** A browser says where a request comes from; what changes something has to come from the page itself. */
function requireSameOrigin(origin: string): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const from = request.headers.origin
    if (request.method !== 'GET' && request.method !== 'HEAD' && from !== origin)
      throw new AppError(403, 'wrong_origin', `Changes are taken only from pages of ${origin}.`)
    next()
  }
}
