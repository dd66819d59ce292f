import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { collect, git } from '../src/git/spawn.ts'

/** How the host treats requests: `break` takes the push and breaks the connection before it answers. */
export type Behaviour = 'serve' | 'refuse' | 'reset' | 'break'

export interface GitHost extends AsyncDisposable {
  /** URL of the one repository. */
  url: string
  renewUrl: string
  eventsUrl: string
  idleUrl: string
  /** Tells the runners that somebody else moved a ref. */
  notify: () => void
  /** Its folder. */
  repository: string
  behaviour: Behaviour
  /** Services asked for, oldest first. */
  requests: string[]
  token: string
  renewals: number
}

/** A stock git remote: `git http-backend` behind a small CGI host. */
export async function startGitHost(folder: string): Promise<GitHost> {
  const repository = join(folder, 'remote.git')
  await git(['init', '--quiet', '--bare', '--initial-branch=main', '--', repository])
  await git(['config', 'http.receivepack', 'true'], { gitDir: repository })
  const running = new Set<Promise<void>>()
  const lines = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const answered = answer(request, response).catch(() => void response.destroy())
    running.add(answered)
    void answered.then(() => running.delete(answered))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const host: GitHost = {
    url: `${origin}/remote.git`,
    renewUrl: `${origin}/renew`,
    eventsUrl: `${origin}/events`,
    idleUrl: `${origin}/idle`,
    notify: () => {
      for (const line of lines) line.write('event: change\ndata: {}\n\n')
    },
    repository,
    behaviour: 'serve',
    requests: [],
    token: 'secret',
    renewals: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await Promise.all(running)
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', origin)
    host.requests.push(pathname.split('/').slice(2).join('/') || pathname)
    if (host.behaviour === 'reset') {
      request.socket.destroy()
      return
    }
    if (pathname === '/events') {
      lines.add(response)
      response.once('close', () => lines.delete(response))
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      return
    }
    if (pathname === '/idle') {
      response.end('{}')
      return
    }
    if (pathname === '/renew') {
      host.renewals += 1
      host.token = `secret-${host.renewals}`
      response.end(JSON.stringify({ token: host.token, expiresAt: Date.now() + 3_600_000 }))
      return
    }
    if (host.behaviour === 'refuse') {
      response.writeHead(503).end('the store is down')
      return
    }
    const expected = `Basic ${Buffer.from(`runner:${host.token}`).toString('base64')}`
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    const raw = await collect(request)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const result = await runBackend(folder, request, pathname, search.slice(1), body)
    if (host.behaviour === 'break' && pathname.endsWith('receive-pack')) {
      host.behaviour = 'serve'
      request.socket.destroy()
      return
    }
    const end = result.indexOf('\r\n\r\n')
    for (const line of result.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ')
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.end(result.subarray(end + 4))
  }

  return host
}

async function runBackend(
  root: string,
  request: IncomingMessage,
  path: string,
  query: string,
  body: Buffer,
): Promise<Buffer> {
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      REMOTE_USER: 'runner',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: String(body.length),
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  backend.stdin.on('error', () => undefined)
  backend.stdin.end(body)
  const [output] = await Promise.all([collect(backend.stdout), once(backend, 'close')])
  return output
}
