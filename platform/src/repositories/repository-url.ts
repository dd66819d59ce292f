import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { AppError } from '../errors.ts'
import { isPrivate } from '../public-addresses.ts'

export interface RepositoryUrl {
  href: string
  host: string
  port: number
  /** The operator vouches for this host: http and private addresses are fine. */
  allowed: boolean
}

/**
 * Takes only URLs that git reads as https (or http, from a host that the operator allows). Throws an `AppError`
 * with the reason; nothing is looked up.
 */
export function parseRepositoryUrl(text: string, allowedHosts: string[]): RepositoryUrl {
  const refuse = (why: string): never => {
    throw refuseUrl(why)
  }
  const trimmed = text.trim()
  // "ext::sh -c …" parses as a URL of scheme "ext:", so the scheme is compared and never guessed.
  const url = URL.parse(trimmed)
  if (trimmed.startsWith('-') || /[\s\\\p{Cc}]/u.test(trimmed) || !url)
    return refuse('paste an https URL, like https://github.com/owner/repository')
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return refuse(`its URL begins with "${url.protocol}", and only https is taken`)
  if (url.username !== '' || url.password !== '')
    return refuse('its URL holds a user name or password; leave them out')
  if (url.hash !== '' || url.search !== '') return refuse('its URL has a query or a fragment; leave them out')
  if (url.pathname === '/') return refuse('its URL names a host but no repository')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const allowed = allowedHosts.includes(host) || allowedHosts.includes(`${host}:${port}`)
  if (url.protocol === 'http:' && !allowed)
    return refuse(
      'http is taken only from hosts that the operator lists in CODENEST_ALLOWED_REPOSITORY_HOSTS; use https',
    )
  if (!allowed && isIP(host) !== 0 && isPrivate(host)) return refuse('its address is not a public one')
  return { href: url.href, host, port, allowed }
}

/** `why` is a clause for a person. */
export function refuseUrl(why: string): AppError {
  return new AppError(422, 'repository_url_refused', `This repository cannot be opened: ${why}.`)
}

/** Addresses of a name, of either family. */
export type Resolve = (host: string) => Promise<string[]>

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * The address to connect to, looked up once: what was checked is what is then used. Throws an `AppError` when the
 * name does not resolve, or to an address that is not public: one of several is enough, for a resolver chooses anew
 * each time.
 */
export async function resolveRepositoryHost(
  { host, allowed }: RepositoryUrl,
  resolve: Resolve = systemResolve,
): Promise<string> {
  if (isIP(host) !== 0) return host
  const addresses = (await resolve(host).catch(() => [])).filter((address) => isIP(address) !== 0)
  const [first] = addresses
  if (first === undefined)
    throw new AppError(422, 'repository_unreachable', `The host ${host} cannot be found. Check the URL.`)
  if (!allowed && addresses.some((address) => isPrivate(address)))
    throw new AppError(422, 'repository_url_refused', `The host ${host} is at an address that is not public.`)
  return first
}
