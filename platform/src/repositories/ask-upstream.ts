import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import type { AgentOptions, ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { once } from 'node:events'
import { isOid } from '../git/object-id.ts'
import { FLUSH, packet, PacketError, packetText, readPacket } from '../git/pkt-line.ts'
import type { Packet } from '../git/pkt-line.ts'
import { isRefName } from '../git/ref-name.ts'
import { authorityOptions } from './certificates.ts'
import type { RepositoryUrl } from './repository-url.ts'
import { parseRepositoryUrl } from './repository-url.ts'
import { refuse, refuseStatus, refuseTransport } from './upstream-errors.ts'

/** Redirects on one host that are followed: `/r` to `/r.git`, or to a repository's new name. */
const MAX_REDIRECTS = 3
const SERVICE = '/info/refs?service=git-upload-pack'

export interface Credentials {
  username: string
  token: string
}

/** What an upstream has now. */
export interface UpstreamRefs {
  /** Where it answered, after redirects on its own host. */
  url: RepositoryUrl
  /** Default branch (`refs/heads/main`). */
  head: string
  /** Object ids by full ref name. */
  refs: Map<string, string>
  /** Of annotated tags: what they are of. */
  peeled: Map<string, string>
}

export interface AskOptions {
  /** The address that was checked; it alone is connected to. */
  address: string
  allowedHosts: string[]
  credentials?: Credentials | undefined
  /** A ref besides branches and tags. */
  besides?: string | undefined
  /** Most bytes of an answer. */
  maxBytes: number
  signal: AbortSignal
}

/**
 * Asks for an upstream's refs, in process: which status it answers with and where it redirects to is more than git
 * tells. Nothing is written. Throws an `AppError` with what a person can do.
 */
export async function askUpstream(url: RepositoryUrl, options: AskOptions): Promise<UpstreamRefs> {
  try {
    let at = url
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await send(at, SERVICE, null, options)
      const status = response.statusCode ?? 0
      if (status >= 300 && status < 400) {
        response.destroy()
        at = follow(at, response.headers.location, options.allowedHosts)
        continue
      }
      if (status !== 200) {
        response.destroy()
        throw refuseStatus(at, status, options.credentials !== undefined)
      }
      return await readRefs(at, response, options)
    }
    throw refuse('repository_moved', `${url.href} redirects for ever. Open the repository under its own URL.`)
  } catch (error) {
    throw refuseTransport(error, url, options.signal)
  }
}

/** On the same host a redirect is a new name for the same thing; to another one it could lead anywhere. */
function follow(from: RepositoryUrl, location: string | undefined, allowedHosts: string[]): RepositoryUrl {
  const to = location === undefined ? null : URL.parse(location, from.href + SERVICE)
  const path = to && to.pathname + to.search
  const here = URL.parse(from.href)
  if (!to || !path?.endsWith(SERVICE) || !here || to.host !== here.host || to.protocol !== here.protocol)
    throw refuse(
      'repository_moved',
      `${from.href} has moved${to ? ` to ${to.origin}${to.pathname.replace(/\/info\/refs$/, '')}` : ''}. Open it under its new URL.`,
    )
  return parseRepositoryUrl(to.origin + path.slice(0, -SERVICE.length), allowedHosts)
}

async function send(
  url: RepositoryUrl,
  path: string,
  body: Buffer | null,
  { address, credentials, signal }: AskOptions,
): Promise<IncomingMessage> {
  const isSecure = url.href.startsWith('https:')
  const agent = isSecure
    ? new Agent({ ...route(url, address, 'https_proxy'), ...(await authorityOptions()) })
    : new HttpAgent(route(url, address, 'http_proxy'))
  const headers: Record<string, string> = {
    'git-protocol': 'version=2',
    'user-agent': 'git/codenest',
    accept: '*/*',
  }
  if (body) {
    headers['content-type'] = 'application/x-git-upload-pack-request'
    headers['accept'] = 'application/x-git-upload-pack-result'
  }
  if (credentials) headers['authorization'] = authorization(credentials)
  const request: ClientRequest = (isSecure ? requestHttps : requestHttp)(url.href.replace(/\/$/, '') + path, {
    method: body ? 'POST' : 'GET',
    agent,
    headers,
    signal,
  })
  request.end(body ?? undefined)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

/** By the address that was checked; where a proxy is the way out, the proxy does the looking up. */
function route(
  { allowed }: RepositoryUrl,
  address: string,
  proxy: 'https_proxy' | 'http_proxy',
): AgentOptions {
  const { env } = process
  const through = env[proxy] ?? env[proxy.toUpperCase()]
  // Around the proxy there is only what the operator allows.
  if (through) return { keepAlive: false, proxyEnv: allowed ? env : { [proxy]: through } }
  const family = isIP(address)
  const lookup: LookupFunction = (_host, { all }, done) =>
    all ? done(null, [{ address, family }]) : done(null, address, family)
  return { keepAlive: false, lookup }
}

/** For a header: what is in it is in no URL, and so in no message and no log. */
export function authorization({ username, token }: Credentials): string {
  // Hosts that take a token take any name with it.
  return `Basic ${Buffer.from(`${username || 'token'}:${token}`).toString('base64')}`
}

async function readRefs(
  url: RepositoryUrl,
  response: IncomingMessage,
  options: AskOptions,
): Promise<UpstreamRefs> {
  const type = response.headers['content-type'] ?? ''
  if (type !== 'application/x-git-upload-pack-advertisement') {
    response.destroy()
    throw refuse(
      'repository_not_git',
      `What answers at ${url.href} is no Git repository. Paste the URL that git clone takes.`,
    )
  }
  const lines = textOf(await read(response, options.maxBytes, url))
  const isTwo = lines.includes('version 2')
  if (!isTwo) return readAdvertisement(url, lines)
  const prefixes = ['HEAD', 'refs/heads/', 'refs/tags/', ...(options.besides ? [options.besides] : [])]
  const unborn = lines.some((line) => /^ls-refs=.*unborn/.test(line)) ? ['unborn'] : []
  const asked = ['symrefs', 'peel', ...unborn, ...prefixes.map((prefix) => `ref-prefix ${prefix}`)]
  const body = Buffer.concat([
    packet('command=ls-refs\n'),
    packet('agent=codenest\n'),
    packet('object-format=sha1'),
    Buffer.from('0001'),
    ...asked.map((line) => packet(`${line}\n`)),
    FLUSH,
  ])
  const answer = await send(url, '/git-upload-pack', body, options)
  if (answer.statusCode !== 200) {
    answer.destroy()
    throw refuseStatus(url, answer.statusCode ?? 0, options.credentials !== undefined)
  }
  return readListing(url, textOf(await read(answer, options.maxBytes, url)))
}

async function read(response: IncomingMessage, maxBytes: number, url: RepositoryUrl): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes)
      throw refuse('repository_too_large', `${url.href} has more branches and tags than can be taken.`)
  }
  return Buffer.concat(chunks)
}

function textOf(body: Buffer): string[] {
  const lines: string[] = []
  for (let at = 0; at < body.length;) {
    const found: { packet: Packet; next: number } | null = readPacket(body, at)
    if (!found) throw new PacketError('the answer is truncated')
    if (Buffer.isBuffer(found.packet)) lines.push(packetText(found.packet))
    at = found.next
  }
  return lines
}

/** Answer to `ls-refs` of protocol version 2. */
function readListing(url: RepositoryUrl, lines: string[]): UpstreamRefs {
  const found = emptyRefs(url)
  for (const line of lines) {
    const [oid = '', name = '', ...attributes] = line.split(' ')
    const value = (key: string): string | undefined =>
      attributes.find((attribute) => attribute.startsWith(`${key}:`))?.slice(key.length + 1)
    if (name === 'HEAD') setHead(found, value('symref-target'))
    else add(found, name, oid, value('peeled'))
  }
  return found
}

/** Of versions 0 and 1, where the first answer says it all. */
function readAdvertisement(url: RepositoryUrl, lines: string[]): UpstreamRefs {
  const found = emptyRefs(url)
  for (const line of lines) {
    const [ref = '', capabilities = ''] = line.split('\0')
    setHead(found, / symref=HEAD:(\S+)/.exec(` ${capabilities}`)?.[1])
    const oid = ref.slice(0, 40)
    const name = ref.slice(41)
    if (name.endsWith('^{}')) found.peeled.set(name.slice(0, -3), oid)
    else add(found, name, oid, undefined)
  }
  return found
}

function emptyRefs(url: RepositoryUrl): UpstreamRefs {
  return { url, head: 'refs/heads/main', refs: new Map(), peeled: new Map() }
}

function setHead(found: UpstreamRefs, target: string | undefined): void {
  if (target !== undefined && target.startsWith('refs/heads/') && isRefName(target)) found.head = target
}

/** Names that are none are somebody's mistake or malice, and nobody's branch. */
function add({ refs, peeled }: UpstreamRefs, name: string, oid: string, target: string | undefined): void {
  if (!isRefName(name) || !isOid(oid)) return
  refs.set(name, oid)
  if (target !== undefined && isOid(target)) peeled.set(name, target)
}
