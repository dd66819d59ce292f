import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FLUSH, packet, sideBand } from '../src/git/pkt-line.ts'
import { Remotes } from '../src/git/remotes.ts'
import { readPlace } from '../src/repositories/place.ts'
import { refuseUrl } from '../src/repositories/repository-url.ts'
import { Upstreams } from '../src/repositories/upstreams.ts'
import { MemoryObjectStore } from './support/memory-object-store.ts'
import { NOBODY } from './support/nobody.ts'
import { temporaryFolder } from './support/shell.ts'

const log = pino({ level: 'silent' })
const LIMITS = {
  bytes: 2 * 1024 ** 2,
  seconds: 20,
  memory: 1024 ** 3,
  silence: 2,
  refsBytes: 256 * 1024,
  refsSeconds: 4,
}
/** Milliseconds for one refusal, on a machine that is busy with other tests. */
const LONGEST = 20_000
/** Megabytes by which the platform may grow over all of them. */
const MOST_MEMORY = 200
const OID = 'a'.repeat(40)

/** What resolvers say of names; whoever asks twice is told something else. */
const NAMES: Record<string, string[]> = {
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'private.example': ['10.0.0.7'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:192.168.1.1'],
  'mapped-hex.example': ['::ffff:a9fe:a9fe'],
  'nat64.example': ['64:ff9b::a00:1'],
  'unique-local.example': ['fd00:ec2::254'],
  'two.example': ['140.82.121.4', '127.0.0.1'],
  'six-and-four.example': ['2606:50c0:8000::153', '10.1.1.1'],
  'carrier.example': ['100.64.1.1'],
  'any.example': ['0.0.0.0'],
  'broadcast.example': ['255.255.255.255'],
  'nonsense.example': ['not an address'],
  'nobody.example': [],
}
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: MemoryObjectStore
let remotes: Remotes
let upstreams: Upstreams
let server: Server
let origin: string
/** Whatever is reached at this machine that nobody allowed. */
let victim: Server
let reached = 0
let before: number

beforeAll(async () => {
  folder = await temporaryFolder()
  store = new MemoryObjectStore()
  remotes = await Remotes.open(store, join(folder.path, 'cache'))
  victim = createServer((_request, response) => {
    reached += 1
    response.end()
  })
  victim.on('connection', () => (reached += 1))
  server = createServer((request, response) => void misbehave(request, response))
  for (const one of [victim, server]) {
    one.listen(0, '127.0.0.1')
    await once(one, 'listening')
  }
  const { port } = server.address() as AddressInfo
  origin = `http://127.0.0.1:${port}`
  upstreams = new Upstreams({
    remotes,
    allowedHosts: [`127.0.0.1:${port}`],
    hosts: NOBODY,
    resolve: async (host) => NAMES[host] ?? [],
    limits: LIMITS,
    log,
  })
  before = process.memoryUsage().rss
})
afterAll(async () => {
  await upstreams[Symbol.asyncDispose]()
  for (const one of [server, victim]) {
    one.closeAllConnections()
    one.close()
  }
  await remotes[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

/** As the form does it: read, asked for, opened. */
async function open(text: string): Promise<void> {
  const { place, problem } = readPlace(text.replace('VICTIM', String((victim.address() as AddressInfo).port)))
  if (!place) throw refuseUrl(problem)
  const source = { owner: 'ada', repository: place.repository, ref: undefined }
  await upstreams.provide('opened', source, () => {}, new AbortController().signal)
}

async function refusal(text: string): Promise<string> {
  const began = performance.now()
  const message = await open(text).then(
    () => 'opened',
    (error: Error) => `${error.name}: ${error.message}`,
  )
  expect(performance.now() - began).toBeLessThan(LONGEST)
  expect([...store.objects.keys()], 'nothing is written').toEqual([])
  expect(await readdir(remotes.scratch), 'nothing is left behind').toEqual([])
  expect(reached, 'nobody else is reached').toBe(0)
  return message
}

describe('refuses, and reaches nobody with,', () => {
  it.each([
    ['', /paste an https URL/],
    ['ext::sh -c id', /paste an https URL/],
    ['ext::sh%20-c%20id', /begins with "ext:"/],
    ['fd::17/x', /begins with "fd:"/],
    ['file:///etc/passwd', /begins with "file:"/],
    ['ftp://example.com/r.git', /begins with "ftp:"/],
    ['javascript:alert(1)', /begins with "javascript:"/],
    ['data:text/plain,x', /begins with "data:"/],
    ['/etc/passwd', /paste an https URL/],
    ['../../fleet.git', /paste an https URL/],
    ['C:\\repository', /paste an https URL/],
    ['--upload-pack=touch /tmp/x', /paste an https URL/],
    ['--upload-pack=id', /paste an https URL/],
    ['-oProxyCommand=id', /paste an https URL/],
    ['ssh://-oProxyCommand=id/r', /begins with "ssh:"/],
    ['-u@github.com:o/r', /paste an https URL/],
    ['git@-oProxyCommand=id:o/r', /paste an https URL|begins with/],
    ['https://github.com/o/r\r\nHost: evil', /paste an https URL/],
    ['https://git.example/r%0d%0aHost:%20evil', /characters that are none/],
    ['https://git.example/r%00', /characters that are none/],
    ['https://git.example/a%5c..%5cb', /characters that are none/],
    ['https://user:secret@git.example/r', /user name or password/],
    ['https://ghp_0123456789@github.com/o/r', /user name or password/],
    ['https://github.com@127.0.0.1:VICTIM/o/r', /user name or password/],
    ['https://git.example/r?x=$(id)', /query/],
    ['https://git.example/r#x', /fragment/],
    ['https://git.example/', /no repository/],
    ['http://git.example/r', /http is taken only/],
    ['http://127.0.0.1:VICTIM/r', /http is taken only/],
    ['https://127.0.0.1:VICTIM/r', /not a public one/],
    ['https://2130706433:VICTIM/r', /not a public one/],
    ['https://0x7f000001:VICTIM/r', /not a public one/],
    ['https://0177.0.0.1:VICTIM/r', /not a public one/],
    ['https://127.1:VICTIM/r', /not a public one/],
    ['https://0:VICTIM/r', /not a public one/],
    ['https://[::1]:VICTIM/r', /not a public one/],
    ['https://[::ffff:127.0.0.1]:VICTIM/r', /not a public one/],
    ['https://[::ffff:7f00:1]:VICTIM/r', /not a public one/],
    ['https://[64:ff9b::7f00:1]:VICTIM/r', /not a public one/],
    ['https://[fe80::1]/r', /not a public one/],
    ['https://169.254.169.254/latest/meta-data', /not a public one/],
    ['https://①②⑦.⓪.⓪.①:VICTIM/r', /not a public one/],
    ...Object.keys(NAMES).map((name): [string, RegExp] => [
      `https://${name}:VICTIM/r`,
      /^n(onsense|obody)/.test(name) ? /cannot be found/ : /not public/,
    ]),
  ])('%j', async (url, why) => {
    expect(await refusal(url)).toMatch(why)
  })
})

describe('refuses a host that', () => {
  it.each([
    ['redirects to this machine', '/to-victim', /has moved to http:\/\/127\.0\.0\.1/],
    ['redirects to another host', '/to-elsewhere', /has moved to https:\/\/evil\.example/],
    ['redirects to another scheme', '/to-file', /has moved/],
    ['redirects to what is no repository', '/to-page', /has moved/],
    ['redirects in circles', '/circle', /redirects for ever/],
    ['wants to know who asks', '/private', /is private, or does not exist/],
    ['forbids it', '/forbidden', /is private, or does not exist/],
    ['has nothing there', '/missing', /There is no repository/],
    ['has had enough', '/busy', /too many requests/],
    ['is broken', '/broken', /answered with status 500/],
    ['shows a page', '/page', /is no Git repository/],
    ['talks nonsense', '/nonsense', /does not answer as Git does/],
    ['breaks off', '/cut', /does not answer as Git does|cannot be reached/],
    ['never answers', '/silent', /does not answer/],
    ['trickles', '/trickle', /does not answer/],
    ['lists refs without an end', '/endless-refs', /more branches and tags than can be taken/],
    ['sends a pack without an end', '/endless-pack', /is larger than 2 MiB/],
    ['stops in the midst of a pack', '/stalled-pack', /sends too little|did not arrive/],
    ['sends what is no pack', '/bad-pack', /could not be fetched/],
    ['redirects when it comes to the pack', '/late-redirect', /has moved|could not be fetched/],
  ])('%s', async (_, path, why) => {
    expect(await refusal(origin + path)).toMatch(why)
  })

  it('all of it in bounded memory', () => {
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(MOST_MEMORY)
  })
})

const ADVERTISED = Buffer.concat([
  packet('# service=git-upload-pack\n'),
  FLUSH,
  packet('version 2\n'),
  packet('ls-refs=unborn\n'),
  packet('fetch=shallow\n'),
  packet('object-format=sha1\n'),
  FLUSH,
])
const LISTED = Buffer.concat([
  packet(`${OID} HEAD symref-target:refs/heads/main\n`),
  packet(`${OID} refs/heads/main\n`),
  packet(`${OID} refs/heads/../../../etc/passwd\n`),
  FLUSH,
])

async function misbehave(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => {})
  const { pathname } = new URL(request.url ?? '/', origin)
  const [, name = ''] = pathname.split('/')
  const redirect = (to: string): void => void response.writeHead(302, { location: to }).end()
  const suffix = '/info/refs?service=git-upload-pack'
  const statuses: Record<string, number> = {
    private: 401,
    forbidden: 403,
    missing: 404,
    busy: 429,
    broken: 500,
  }
  const status = statuses[name]
  if (status !== undefined) return void response.writeHead(status).end()
  if (name === 'to-victim')
    return redirect(`http://127.0.0.1:${(victim.address() as AddressInfo).port}/r${suffix}`)
  if (name === 'to-elsewhere') return redirect(`https://evil.example/r${suffix}`)
  if (name === 'to-file') return redirect('file:///etc/passwd')
  if (name === 'to-page') return redirect('/page')
  if (name === 'circle') return redirect(`/circle${suffix}`)
  if (name === 'silent') return
  if (name === 'page') return void response.setHeader('content-type', 'text/html').end('<h1>Hello</h1>')
  const isFirst = request.method === 'GET'
  const kind = isFirst ? 'advertisement' : 'result'
  response.setHeader('content-type', `application/x-git-upload-pack-${kind}`)
  if (name === 'nonsense') return void response.end('zzzz this is no packet')
  if (name === 'cut') return void response.end(ADVERTISED.subarray(0, 20))
  if (name === 'trickle') return pour(response, Buffer.from('0'), 100).catch(() => {})
  if (isFirst) return void response.end(ADVERTISED)
  const body = Buffer.concat(await request.toArray()).toString('latin1')
  if (body.includes('command=ls-refs')) {
    if (name !== 'endless-refs') return void response.end(LISTED)
    return pour(response, packet(`${OID} refs/heads/${'x'.repeat(200)}\n`), 0)
  }
  if (name === 'late-redirect')
    return redirect(`http://127.0.0.1:${(victim.address() as AddressInfo).port}/r/git-upload-pack`)
  response.write(packet('packfile\n'))
  if (name === 'bad-pack') return void response.end(Buffer.concat([sideBand(1, 'NOPE, no pack'), FLUSH]))
  // A pack of a million objects, of which the first is one that never ends.
  const head = Buffer.from('5041434b00000002000f4240', 'hex')
  response.write(sideBand(1, head))
  if (name === 'stalled-pack') return
  // Stored blocks of random bytes: each object is whole, and there is always one more.
  const content = Buffer.alloc(60_000, 7)
  const { deflateSync } = await import('node:zlib')
  const object = Buffer.concat([entryHead(content.length), deflateSync(content, { level: 0 })])
  return pour(response, sideBand(1, object), 0)
}

/** Type (a blob) and size, as a pack has them before each object. */
function entryHead(size: number): Buffer {
  const bytes = [(3 << 4) | (size & 15)]
  for (let rest = size >> 4; rest > 0; rest >>= 7) {
    bytes[bytes.length - 1]! |= 0x80
    bytes.push(rest & 0x7f)
  }
  return Buffer.from(bytes)
}

/** The same again and again until nobody listens. */
async function pour(response: ServerResponse, bytes: Buffer, pause: number): Promise<void> {
  if (pause > 0) {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const ticks = setInterval(pause, null, { signal: gone.signal })
    for await (const _ of ticks) response.write(bytes)
    return
  }
  while (!response.destroyed) if (!response.write(bytes)) await once(response, 'drain').catch(() => {})
}
