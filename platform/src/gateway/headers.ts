import type { IncomingMessage } from 'node:http'
import { withoutCookies } from '../access/cookies.ts'

/** Headers that concern one connection and are never passed on. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Cookies of this prefix are the platform's; an app never sees them. */
export const PLATFORM_COOKIE = '__Host-codenest-'

/**
 * A request's headers as the app behind may see them: without the platform's cookies, and with `X-Forwarded-*`
 * headers that are ours, whatever the client sent. `upgrade` keeps what a protocol switch needs.
 */
export function forwardedHeaders(
  request: IncomingMessage,
  upgrade = false,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(request.headersDistinct)) {
    if (
      value === undefined ||
      HOP_BY_HOP.has(name) ||
      name.startsWith('x-forwarded-') ||
      name === 'forwarded'
    )
      continue
    headers[name] = value.length === 1 && value[0] !== undefined ? value[0] : value
  }
  const cookies = withoutCookies(request.headers.cookie, (name) => name.startsWith(PLATFORM_COOKIE))
  if (cookies === undefined) delete headers['cookie']
  else headers['cookie'] = cookies
  headers['x-forwarded-host'] = request.headers.host ?? ''
  headers['x-forwarded-proto'] = 'http'
  headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
  if (upgrade) {
    headers['connection'] = 'Upgrade'
    headers['upgrade'] = request.headers.upgrade ?? 'websocket'
  }
  return headers
}

/** A response's raw headers without those of the connection they came over. */
export function responseHeaders(raw: string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2)
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
