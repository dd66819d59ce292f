import type { ErrorRequestHandler } from 'express'
import type { ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { AppError } from '../errors.ts'
import type { Problem } from '../protocol.ts'
import { ObjectStoreError } from '../store/object-store.ts'

/** What a caller is told of an error, as RFC 9457 has it. What is not meant for callers becomes a plain 500. */
export function toProblem(error: unknown): Problem {
  const problem = (status: number, code: string, detail: string): Problem => ({
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail,
  })
  if (error instanceof AppError)
    return {
      ...problem(error.status, error.code, error.message),
      ...(error.details && { errors: error.details }),
    }
  if (error instanceof ObjectStoreError)
    return problem(
      503,
      'store_unavailable',
      'The object store does not answer as it should. Nothing was changed; try again.',
    )
  const status = statusOf(error)
  if (status === 413)
    return problem(413, 'body_too_large', 'The request body is too large: 1 MB is the limit.')
  if (status === 400) return problem(400, 'bad_json', 'The request body is not JSON that can be read.')
  if (status !== null) return problem(status, 'bad_request', 'The request cannot be read.')
  return problem(500, 'internal', 'Something went wrong on the platform. Its log says more.')
}

export function sendProblem(response: ServerResponse, problem: Problem): void {
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(problem))
}

/** The last handler of the app: one place where errors become responses. */
export function createErrorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    // Whoever asked has gone, and what was done for them ended with that.
    if (response.destroyed && (error as Error | null)?.name === 'AbortError') return
    const problem = toProblem(error)
    if (problem.status >= 500)
      log.error({ err: error, method: request.method, path: withoutToken(request.path) }, 'a request failed')
    if (response.headersSent) response.destroy()
    else sendProblem(response, problem)
  }
}

/** A link is a right, and no log is to have it. */
function withoutToken(path: string): string {
  return path.replace(/(\/shared\/)[^/]+/, '$1…')
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not possible',
  500: 'Internal error',
  503: 'Unavailable',
}

/** body-parser's errors say their status and that it may be told. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true || !('status' in error))
    return null
  return typeof error.status === 'number' ? error.status : null
}
