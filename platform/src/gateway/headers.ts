import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'
import { decodeJwt } from 'jose'
import { withoutCookies } from '../access/cookies.ts'
import { ISSUER } from '../access/tokens.ts'

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

/** Cookies of this prefix are the platform's. */
export const PLATFORM_COOKIE = '__Host-codenest-'
/** And so is the session's, which has the port in its name. An app never sees any of them. */
const SESSION_COOKIE = /^codenest-\d+$/

/** What a request says of the way it came, believed only of proxies that the operator has listed. */
export class Forwarding {
  readonly #trusted = new BlockList()

  /** `proxies`: addresses or networks like 10.0.0.0/8. */
  constructor(proxies: string[]) {
    for (const proxy of proxies) {
      const [address = '', bits] = proxy.split('/')
      const family = isIPv6(address) ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#trusted.addAddress(address, family)
      else this.#trusted.addSubnet(address, Number(bits), family)
    }
  }

  /** How the client reached the first proxy that is trusted. */
  protocol(request: IncomingMessage): 'http' | 'https' {
    const told = this.#isTrusted(request) ? first(request.headers['x-forwarded-proto']) : undefined
    return told === 'https' ? 'https' : 'http'
  }

  /** `X-Forwarded-*` as an app may see them. */
  headers(request: IncomingMessage): Record<string, string> {
    const from = request.socket.remoteAddress ?? ''
    const earlier = this.#isTrusted(request) ? request.headersDistinct['x-forwarded-for'] : undefined
    return {
      'x-forwarded-host': request.headers.host ?? '',
      'x-forwarded-proto': this.protocol(request),
      'x-forwarded-for': [...(earlier ?? []), from].join(', '),
    }
  }

  #isTrusted({ socket }: IncomingMessage): boolean {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    if (address === '') return false
    return this.#trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  }
}

/**
 * A request's headers, names and values in turn, as the app behind may see them: without the platform's cookies and
 * tokens, and with `X-Forwarded-*` headers that are ours, whatever the client sent. `upgrade` keeps what a protocol
 * switch needs.
 */
export function forwardedHeaders(
  request: IncomingMessage,
  forwarding: Forwarding,
  upgrade = false,
): string[] {
  const { rawHeaders, headers } = request
  const dropped = new Set([...HOP_BY_HOP, ...namesOf(headers.connection), 'host', 'cookie', 'forwarded'])
  if (holdsOurToken(headers.authorization)) dropped.add('authorization')
  // One host, the one that the request was routed by.
  const forwarded = ['host', headers.host ?? '']
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const lower = name.toLowerCase()
    if (!dropped.has(lower) && !lower.startsWith('x-forwarded-'))
      forwarded.push(name, rawHeaders[at + 1] ?? '')
  }
  const cookies = withoutCookies(headers.cookie, isPlatformCookie)
  if (cookies !== undefined) forwarded.push('cookie', cookies)
  for (const [name, value] of Object.entries(forwarding.headers(request))) forwarded.push(name, value)
  // Node frames the body of a GET or a DELETE only when it is told to: without, the app would take it for a request.
  if (headers['transfer-encoding'] !== undefined) forwarded.push('transfer-encoding', 'chunked')
  if (upgrade) forwarded.push('connection', 'Upgrade', 'upgrade', headers.upgrade ?? 'websocket')
  return forwarded
}

/** A response's raw headers without those of the connection they came over. */
export function responseHeaders(raw: string[]): string[] {
  return withoutHeaders(raw, HOP_BY_HOP)
}

/** Names and values in turn, less those of these names, which are in lower case. */
export function withoutHeaders(raw: string[], names: Set<string>): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!names.has(name.toLowerCase())) kept.push(name, raw[at + 1] ?? '')
  }
  return kept
}

/** Headers that the client declares to concern its connection alone. */
function namesOf(connection: string | undefined): string[] {
  return connection?.split(',').map((name) => name.trim().toLowerCase()) ?? []
}

function isPlatformCookie(name: string): boolean {
  return name.startsWith(PLATFORM_COOKIE) || SESSION_COOKIE.test(name)
}

/** A token of the platform, as a bearer or as a git client's password: an app has tokens of its own, which pass. */
function holdsOurToken(authorization: string | undefined): boolean {
  if (authorization === undefined) return false
  const [scheme = '', value = ''] = authorization.split(' ')
  const basic = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString().split(':') : []
  const token = basic.length > 0 ? basic.slice(1).join(':') : value
  try {
    return decodeJwt(token).iss === ISSUER
  } catch {
    return false
  }
}

function first(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim()
}
