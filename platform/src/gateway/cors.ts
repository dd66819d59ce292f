import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseHost } from './host.ts'

const PREFLIGHT_SECONDS = 600

/** The Origin of a request, when it is that of another port of the same workspace; null otherwise. */
export function siblingOrigin(request: IncomingMessage, workspace: string, domain: string): string | null {
  const { origin, host } = request.headers
  if (origin === undefined || !URL.canParse(origin)) return null
  const from = new URL(origin)
  if (from.host === host) return null
  const destination = parseHost(from.host, domain)
  return destination?.kind === 'preview' && destination.workspace === workspace ? origin : null
}

/** Tells a browser that an app may be asked by another one of the same workspace. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse, origin: string): void {
  const { 'access-control-request-method': method, 'access-control-request-headers': headers } =
    request.headers
  allowSibling(response, origin)
  response.writeHead(204, {
    'access-control-allow-methods': method ?? 'GET',
    ...(headers !== undefined && { 'access-control-allow-headers': headers }),
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  })
  response.end()
}

/** What an app says of it itself takes the place of this. */
export function allowSibling(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('vary', 'Origin')
}
