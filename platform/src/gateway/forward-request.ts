import { request as httpRequest } from 'node:http'
import type { Agent, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { RunnerAddress } from '../engines/engine.ts'
import { forwardedHeaders, responseHeaders } from './headers.ts'
import type { Forwarding } from './headers.ts'
import { injectedHeaders, isPlainPage, plainPageHeaders, ScriptInjection } from './script-injection.ts'

/** RFC 9110, section 9.2.1: they change nothing. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Hands a request on and its answer back, both as streams. `fail` answers when nothing came back; `tag` is added to an
 * answer that is a page. A server may close a connection just when it is used again: what can be repeated is then sent
 * over another one, and what cannot be must come with an agent that does not use connections twice.
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
  send(target, request, response, tag === undefined ? headers : plainPageHeaders(headers), fail, tag)
}

/** Whether nothing but the method, the path and headers is sent, and nothing changes by it. */
export function isRepeatable(request: IncomingMessage): boolean {
  return SAFE_METHODS.has(request.method ?? '') && !hasBody(request)
}

function send(
  target: Partial<RunnerAddress> & { agent: Agent | false },
  request: IncomingMessage,
  response: ServerResponse,
  headers: string[],
  fail: (error: Error) => void,
  tag?: string,
): void {
  const upstream = httpRequest({
    ...target,
    method: request.method,
    path: request.url,
    headers,
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
  const abort = (): void => void upstream.destroy()
  response.once('close', abort)
  upstream.once('error', (error) => {
    response.off('close', abort)
    if (response.headersSent || response.destroyed) response.destroy()
    // Each time with one less of the connections that wait: at last it is a new one.
    else if (upstream.reusedSocket && isRepeatable(request))
      send(target, request, response, headers, fail, tag)
    else fail(error)
  })
  // Most requests have no body, and a pipeline costs more than the rest of them.
  if (hasBody(request)) pipeline(request, upstream, () => {})
  else upstream.end()
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
