import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { stockGit } from '../../tests/support/shell.ts'
import { serve } from './server-process.ts'

/** Stock `git http-backend` behind a CGI host that streams both ways, with git's default settings. */
export interface StockServerOptions {
  folder: string
  /** Made empty at the start. */
  repositories: string[]
}

serve(async (options) => {
  const { folder, repositories } = options as StockServerOptions
  for (const id of repositories) {
    await stockGit(folder, 'init', '-q', '--bare', '-b', 'main', `${id}.git`)
    await stockGit(join(folder, `${id}.git`), 'config', 'http.receivepack', 'true')
    await stockGit(join(folder, `${id}.git`), 'config', 'uploadpack.allowFilter', 'true')
  }
  return {
    answer: (request, response) => answer(folder, request, response),
    async [Symbol.asyncDispose]() {},
  }
})

function answer(root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path.replace(/^\/git/, ''),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: request.headers['content-length'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      HTTP_GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // A backend may answer before it has read everything.
  backend.stdin.on('error', () => {})
  request.pipe(backend.stdin)
  let head = Buffer.alloc(0)
  const readHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    backend.stdout.off('data', readHead)
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ')
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.write(head.subarray(end + 4))
    backend.stdout.pipe(response)
  }
  backend.stdout.on('data', readHead)
  response.on('close', () => backend.kill())
}
