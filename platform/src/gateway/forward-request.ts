import { request as httpRequest } from 'node:http'
import type { Agent, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { RunnerAddress } from '../engines/engine.ts'
import { forwardedHeaders, responseHeaders } from './headers.ts'
import type { Forwarding } from './headers.ts'

/** Hands a request on and its answer back, both as streams. `fail` answers when nothing came back. */
export function forwardRequest(
  target: Partial<RunnerAddress> & { agent: Agent | false },
  request: IncomingMessage,
  response: ServerResponse,
  forwarding: Forwarding,
  fail: (error: Error) => void,
): void {
  const upstream = httpRequest({
    ...target,
    method: request.method,
    path: request.url,
    headers: forwardedHeaders(request, forwarding),
    setHost: false,
  })
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, responseHeaders(answer.rawHeaders))
    // By hand, as a pipeline costs an eighth of the whole request.
    answer.pipe(response)
    answer.once('close', () => {
      if (!answer.complete) response.destroy()
    })
  })
  upstream.once('error', (error) => {
    if (response.headersSent) response.destroy()
    else fail(error)
  })
  response.once('close', () => upstream.destroy())
  // Most requests have no body, and a pipeline costs more than the rest of them.
  if (hasBody(request)) pipeline(request, upstream, () => {})
  else upstream.end()
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
