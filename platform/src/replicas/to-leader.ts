import type { Request, RequestHandler } from 'express'
import { AppError } from '../errors.ts'
import { notLeading } from './leadership.ts'
import type { Leadership } from './leadership.ts'
import type { Replicas } from './replicas.ts'

/** Marks what a replica hands on: it is not handed on again. */
const HANDED_ON = 'codenest-handed-on'
/** Milliseconds: longer than it takes until another replica leads in the place of one that has died. */
const PATIENCE = 45_000
/** Milliseconds after which a leader that could not be asked is asked again, though nothing was heard. */
const AGAIN = 1_000
/** Nothing of the request has arrived. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * Hands a request of the API, which was let in here and whose body is parsed, to the replica that leads; it lets the same
 * session in, because all sign with one key. Waits while there is no leader.
 */
export function createToLeader(replicas: Replicas, leadership: Leadership): RequestHandler {
  return async (request, response, next) => {
    if (request.headers[HANDED_ON] !== undefined && !leadership.isHeld()) throw notLeading()
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const patience = AbortSignal.any([gone.signal, AbortSignal.timeout(PATIENCE)])
    for (;;) {
      const leader = await replicas.leaderElsewhere(patience).catch(() => Promise.reject(notLeading()))
      if (leader === null) {
        next()
        return
      }
      const answer = await ask(leader, request, patience)
      if (answer) {
        response.status(answer.status).type(answer.type).send(answer.body)
        return
      }
      await replicas.changed(AbortSignal.any([patience, AbortSignal.timeout(AGAIN)])).catch(() => {})
    }
  }
}

/** null when it has done nothing, for it leads no more or is not there. */
async function ask(
  leader: string,
  request: Request,
  signal: AbortSignal,
): Promise<{ status: number; type: string; body: Buffer } | null> {
  const { cookie = '', origin = '' } = request.headers
  try {
    const response = await fetch(new URL(request.originalUrl, leader), {
      method: request.method,
      headers: { cookie, origin, 'content-type': 'application/json', [HANDED_ON]: 'yes' },
      body: JSON.stringify(request.body),
      redirect: 'error',
      signal,
    })
    const body = Buffer.from(await response.arrayBuffer())
    if (response.status === 503 && body.includes('"not_leading"')) return null
    return { status: response.status, type: response.headers.get('content-type') ?? 'application/json', body }
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string }
    if (code !== undefined && UNREACHED.has(code)) return null
    throw new AppError(
      503,
      'leader_lost',
      'The platform that was doing this has not answered, so it is not known whether it is done. Reload the page to see.',
      { cause: error },
    )
  }
}
