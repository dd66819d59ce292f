import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { S3Options } from '../../src/store/s3-object-store.ts'

/** An S3 server that stores what it is told and ignores every condition, as some do. */
export async function startForgetfulS3(): Promise<{ options: S3Options } & AsyncDisposable> {
  const objects = new Map<string, Buffer>()
  const server = createServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: key } = new URL(request.url ?? '/', 'http://s3')
    if (request.method === 'PUT') {
      const body = await buffer(request)
      objects.set(key, body)
      response.setHeader('etag', etagOf(body))
    }
    if (request.method === 'DELETE') objects.delete(key)
    const stored = objects.get(key)
    if (request.method === 'GET' && !stored) response.statusCode = 404
    if (request.method === 'GET' && stored) response.setHeader('etag', etagOf(stored))
    response.end(request.method === 'GET' ? stored : undefined)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    options: {
      bucket: 'codenest',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      pathStyle: true,
      prefix: '',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}
