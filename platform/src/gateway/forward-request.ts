import { request as httpRequest } from 'node:http'
import type { Agent, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { RunnerAddress } from '../engines/engine.ts'
import { forwardedHeaders, responseHeaders } from './headers.ts'
import type { Forwarding } from './headers.ts'
import { injectedHeaders, isPlainPage, plainPageHeaders, ScriptInjection } from './script-injection.ts'

/**
 * Hands a request on and its answer back, both as streams. `fail` answers when nothing came back; `tag` is added to an
 * answer that is a page.
 */
export function forwardRequest(
  target: Partial<RunnerAddress> & { agent: Agent | false },
  request: IncomingMessage,
  response: ServerResponse,
  forwarding: Forwarding,
  fail: (error: Error) => void,
  tag?: string,
): void {
  const headers = forwardedHeaders(request, forwarding)
  const upstream = httpRequest({
    ...target,
    method: request.method,
    path: request.url,
    headers: tag === undefined ? headers : plainPageHeaders(headers),
    setHost: false,
  })
  upstream.once('response', (answer) => {
    const { statusCode = 502, statusMessage, rawHeaders } = answer
    const isTagged = tag !== undefined && isPlainPage(answer)
    response.writeHead(
      statusCode,
      statusMessage,
      isTagged ? injectedHeaders(rawHeaders) : responseHeaders(rawHeaders),
    )
    // By hand, as a pipeline costs an eighth of the whole request.
    const body = isTagged ? answer.pipe(new ScriptInjection(tag)) : answer
    body.pipe(response)
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
