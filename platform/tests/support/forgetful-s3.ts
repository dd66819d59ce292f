import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { S3Options } from '../../src/store/s3-options.ts'
import { startS3Endpoint } from './s3-endpoint.ts'

/** An S3 server that stores what it is told and ignores every condition, as some do. */
export async function startForgetfulS3(): Promise<{ options: S3Options } & AsyncDisposable> {
  const objects = new Map<string, Buffer>()
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
  return startS3Endpoint(answer)
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}
