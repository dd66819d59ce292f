import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno, messageOf } from '../../../errors.ts'
import type { Credentials } from './credentials.ts'
import { ClusterError, errorOf, isClusterError } from './errors.ts'
import type { ClusterTuning } from './tuning.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Without a query. */
  path: string
  query?: Record<string, string | undefined>
  body?: { type: string; content: unknown }
  /** May be sent again when it is not known whether it was carried out. */
  repeatable: boolean
}

/** Requests to the API server, as they are: typed clients drop the fields that they do not know. */
export class Transport {
  readonly #credentials: Credentials
  readonly #tuning: ClusterTuning

  constructor(credentials: Credentials, tuning: ClusterTuning) {
    this.#credentials = credentials
    this.#tuning = tuning
  }

  /**
   * Resolves to the parsed answer; rejects with a `ClusterError`. A server that says when to come back (429, or 503
   * while it starts) is asked again then.
   */
  async call(call: Call, signal: AbortSignal): Promise<unknown> {
    let renewed = false
    for (let attempt = 1; ; attempt += 1)
      try {
        return await this.#callOnce(call, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (isClusterError(error, 'unauthorized') && !renewed) {
          renewed = true
          await this.#credentials.renew()
          continue
        }
        const wait = this.#waitBeforeAnother(call, error)
        if (wait === null || attempt >= this.#tuning.attempts) throw error
        await delay(wait, undefined, { signal })
      }
  }

  /** The body of a watch as it comes; rejects with a `ClusterError`. */
  async stream(path: string, query: Call['query'], signal: AbortSignal): Promise<IncomingMessage> {
    const call: Call = { method: 'GET', path, query, repeatable: true }
    const response = await this.#send(call, 'watches', signal)
    if (response.statusCode === 200) return response
    const error = await refusal(response)
    if (error.kind === 'unauthorized') await this.#credentials.renew()
    throw error
  }

  #waitBeforeAnother({ repeatable }: Call, error: unknown): number | null {
    if (!isClusterError(error)) return null
    const asked = error.kind === 'too_many_requests' ? (error.retryAfter ?? 1000) : error.retryAfter
    if (asked !== null) return Math.min(asked, this.#tuning.longestRetryAfter) * (1 + Math.random() / 4)
    return repeatable && isStale(error.cause) ? 0 : null
  }

  async #callOnce(call: Call, signal: AbortSignal): Promise<unknown> {
    const deadline = new AbortController()
    const late = new ClusterError('unreachable', null, { cause: new Error('no answer in time') })
    const timer = setTimeout(() => deadline.abort(late), this.#tuning.request)
    try {
      const response = await this.#send(call, 'requests', AbortSignal.any([signal, deadline.signal]))
      if (response.statusCode === undefined || response.statusCode >= 300) throw await refusal(response)
      return JSON.parse(await text(response)) as unknown
    } catch (error) {
      signal.throwIfAborted()
      if (deadline.signal.aborted) throw late
      throw isClusterError(error) ? error : new ClusterError('unreachable', null, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  async #send(call: Call, purpose: 'requests' | 'watches', signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted()
    const { agent, headers } = await this.#credentials.connection(purpose)
    const { server } = this.#credentials
    const url = new URL(server.pathname.replace(/\/$/, '') + call.path, server)
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, value)
    const content = call.body && Buffer.from(JSON.stringify(call.body.content))
    const send = url.protocol === 'http:' ? requestHttp : requestHttps
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const request = send(url, {
      method: call.method,
      agent,
      signal,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': 'codenest',
        ...(call.body && content && { 'content-type': call.body.type, 'content-length': content.length }),
      },
    })
    request.on('response', resolve)
    request.on('error', (cause) => {
      const stale = request.reusedSocket && isErrno(cause, 'ECONNRESET')
      reject(
        signal.aborted
          ? cause
          : new ClusterError('unreachable', null, { cause: stale ? new Stale() : cause }),
      )
    })
    request.end(content)
    return promise
  }
}

/** A kept connection that the server had closed by the time it was used. */
class Stale extends Error {
  override name = 'Stale'
  override message = 'the connection had been closed'
}

function isStale(cause: unknown): boolean {
  return cause instanceof Stale
}

async function refusal(response: IncomingMessage): Promise<ClusterError> {
  const body = await text(response).catch(messageOf)
  const type = response.headers['content-type'] ?? ''
  const parsed: unknown = type.includes('json') ? parseOr(body) : body
  return errorOf(response.statusCode ?? 0, parsed, response.headers['retry-after'])
}

function parseOr(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
