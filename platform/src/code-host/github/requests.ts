import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Octokit } from '@octokit/rest'
import { explainRefusal, unreachable } from './explain.ts'

/** Answers that are kept to be asked for again: unchanged ones cost nothing of the limit. */
const KEPT = 500
/** Milliseconds before each further attempt at a question that was not answered; what changes something is sent once. */
const PAUSES = [300, 1200]
/** Until all questions of one operation have to be answered. */
const PATIENCE = 30_000
const TRANSIENT = new Set([502, 503, 504])

interface Kept {
  etag: string
  response: unknown
}

/** What the library's requests look like from within. */
interface RequestError extends Error {
  status: number
  response?: { headers: Record<string, string | number | undefined>; data: unknown }
}

/** Makes clients of GitHub's API, one a person. The library is loaded when somebody first needs it. */
export class Requests {
  readonly #api: string
  readonly #web: string
  readonly #kept = new Map<string, Kept>()

  /** Base URL of the API, and origin of the pages. */
  constructor(api: string, web: string) {
    this.#api = api
    this.#web = web
  }

  /** Answers whose ETag still holds come from memory; all errors are `AppError`s, but for an abort of `signal`. */
  async client(token: string | null, signal: AbortSignal): Promise<Octokit> {
    const { Octokit } = await import('@octokit/rest')
    const quiet = (): void => {}
    const octokit = new Octokit({
      baseUrl: this.#api,
      userAgent: 'CodeNest',
      ...(token !== null && { auth: token }),
      request: { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    })
    // Whose answer it is belongs to the key, and the token is no word to keep.
    const person = createHash('sha256')
      .update(token ?? '')
      .digest('base64url')
    octokit.hook.wrap('request', async (request, options) => {
      const { url } = octokit.request.endpoint(options)
      const key = options.method === 'GET' ? `${person} ${url}` : null
      const kept = key === null ? undefined : this.#kept.get(key)
      // What a hook is given is bound to these options: others would not be looked at.
      if (kept) options.headers['if-none-match'] = kept.etag
      try {
        const response = await retrying(() => request(options), key !== null, signal)
        if (key !== null) this.#keep(key, response.headers.etag, response)
        return response
      } catch (error) {
        signal.throwIfAborted()
        if (kept && isRequestError(error) && error.status === 304) return kept.response as never
        throw this.#explain(error)
      }
    })
    return octokit
  }

  #keep(key: string, etag: string | undefined, response: unknown): void {
    this.#kept.delete(key)
    if (etag === undefined) return
    this.#kept.set(key, { etag, response })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }

  #explain(error: unknown): unknown {
    if (!isRequestError(error)) return unreachable(error)
    // The library takes whatever kept it from an answer for a status of 500 without a response.
    if (!error.response) return unreachable(error)
    const { headers, data } = error.response
    return explainRefusal({ status: error.status, headers, message: error.message, data }, this.#web)
  }
}

async function retrying<T>(send: () => T | Promise<T>, isQuestion: boolean, signal: AbortSignal): Promise<T> {
  for (const pause of isQuestion ? PAUSES : [])
    try {
      return await send()
    } catch (error) {
      if (!isRequestError(error)) throw error
      if (error.response && !TRANSIENT.has(error.status)) throw error
      await delay(pause, undefined, { signal })
    }
  return send()
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && error.name === 'HttpError' && 'status' in error
}
