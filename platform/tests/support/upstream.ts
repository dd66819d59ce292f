import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { stockGit, temporaryFolder } from './shell.ts'

export interface Upstream extends AsyncDisposable {
  url: string
  /** Method and path of what was asked for, in the order in which it was. */
  requests: string[]
  /** Its bare repository. */
  repository: string
}

export interface UpstreamOptions {
  /** Pushes are taken from whoever knows this password; without one from nobody. */
  pushPassword?: string
  /** Beside or in place of its own files. */
  more?: Record<string, string>
  /** Nobody reads without this password. */
  password?: string
  /** How many files there are besides a few; 400 unless said. */
  files?: number
  /** Path of the repository below the host. */
  at?: string
  before?: (path: string, body: () => Promise<string>) => Promise<void>
}

/** A public repository on somebody else's server: stock `git http-backend` behind a CGI host. */
export async function startUpstream({
  pushPassword,
  password,
  before,
  files = 400,
  at = 'project.git',
  more = {},
}: UpstreamOptions = {}): Promise<Upstream> {
  const folder = await temporaryFolder()
  await fillRepository(folder.path, files, at, more)
  if (pushPassword !== undefined) await stockGit(join(folder.path, at), 'config', 'http.receivepack', 'true')
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (pushPassword !== undefined && request.url?.includes('receive-pack') && !knows(request, pushPassword))
      response.writeHead(401, { 'www-authenticate': 'Basic realm="upstream"' }).end()
    else if (password !== undefined && !knows(request, password))
      response.writeHead(401, { 'www-authenticate': 'Basic realm="upstream"' }).end()
    else void serveGit(folder.path, request, response, before)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/${at}`,
    requests,
    repository: join(folder.path, at),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await folder[Symbol.asyncDispose]()
    },
  }
}

const SERVER = `import { createServer } from 'node:http'
import { page } from './page.mjs'
createServer((request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(page)
}).listen(process.env.PORT, () => console.log('listening'))
`

/** Files in folders, two branches, two tags, and an app that needs nothing but Node. */
async function fillRepository(
  root: string,
  count: number,
  at: string,
  more: Record<string, string>,
): Promise<void> {
  const work = join(root, 'seed')
  await stockGit(root, 'init', '-q', '-b', 'trunk', 'seed')
  const files = new Map<string, string>([
    ['package.json', '{ "name": "project", "scripts": { "dev": "node server.mjs" } }\n'],
    ['server.mjs', SERVER],
    ['page.mjs', "export const page = '<h1>upstream page</h1>'\n"],
    ['.codenest.yaml', 'run: npm run dev\nports: [4321]\n'],
    ['docs/ünï cödé.md', '# Title\n'],
    ...Object.entries(more),
  ])
  for (let n = 0; n < count; n += 1) files.set(`src/part-${n % 20}/file-${n}.js`, `export const n = ${n}\n`)
  for (const [path, text] of files) {
    await mkdir(dirname(join(work, path)), { recursive: true })
    await writeFile(join(work, path), text)
  }
  await stockGit(work, 'add', '-A')
  await stockGit(work, 'commit', '-qm', 'Everything')
  await stockGit(work, 'tag', 'light')
  await stockGit(work, 'tag', '-a', 'v1.0', '-m', 'one')
  await stockGit(work, 'checkout', '-qb', 'feature')
  await writeFile(join(work, 'feature.txt'), 'only on the branch\n')
  await stockGit(work, 'add', '-A')
  await stockGit(work, 'commit', '-qm', 'A feature')
  await stockGit(work, 'checkout', '-q', 'trunk')
  await stockGit(root, 'clone', '-q', '--bare', 'seed', at)
}

function knows(request: IncomingMessage, password: string): boolean {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  return Buffer.from(encoded, 'base64').toString().endsWith(`:${password}`)
}

/** Answers as a git server whose repositories are below `root`; `before` sees what is asked first. */
export async function serveGit(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  before?: UpstreamOptions['before'],
): Promise<void> {
  const body = await buffer(request)
  const encoding = request.headers['content-encoding']
  await before?.(request.url ?? '', async () =>
    (encoding === 'gzip' ? gunzipSync(body) : body).toString('latin1'),
  )
  const { pathname, search } = new URL(request.url ?? '/', 'http://upstream')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: encoding,
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  })
  // It may refuse a request before it has read all of it.
  backend.stdin.on('error', () => {})
  backend.stdin.end(body)
  const output = await buffer(backend.stdout)
  const end = output.indexOf('\r\n\r\n')
  for (const line of output.toString('latin1', 0, end).split('\r\n')) {
    const [name = '', value = ''] = line.split(': ')
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
    else response.setHeader(name, value)
  }
  response.end(output.subarray(end + 4))
}
