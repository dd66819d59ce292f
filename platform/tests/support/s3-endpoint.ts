import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { S3Options } from '../../src/store/s3-options.ts'

/** An address on this machine that an S3 client can be pointed at; `answer` decides what kind of server it is. */
export async function startS3Endpoint(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ options: S3Options } & AsyncDisposable> {
  const server = createServer((request, response) => void answer(request, response).catch(() => {}))
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
