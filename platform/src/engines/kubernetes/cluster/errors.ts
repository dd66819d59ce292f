import { z } from 'zod'
import { AppError } from '../../../errors.ts'

/**
 * `conflict`: changed or made by somebody else in between. `quota`: the namespace is full. `forbidden`: by RBAC or
 * admission. `invalid`: the API server refuses the object. `expired`: what was asked for is no longer remembered.
 * `unreachable`: no answer; whether the request was carried out is not known.
 */
export type ClusterErrorKind =
  | 'conflict'
  | 'not_found'
  | 'quota'
  | 'forbidden'
  | 'unauthorized'
  | 'invalid'
  | 'expired'
  | 'too_many_requests'
  | 'unreachable'
  | 'failed'

/** A request to the API server that came to nothing. `message` holds the server's own sentence where it sent one. */
export class ClusterError extends AppError {
  override name = 'ClusterError'
  readonly kind: ClusterErrorKind
  /** What the API server itself said; null when it said nothing. */
  readonly sentence: string | null
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfter: number | null

  constructor(
    kind: ClusterErrorKind,
    sentence: string | null,
    options: { retryAfter?: number | null; cause?: unknown } = {},
  ) {
    super(
      STATUS[kind],
      `cluster_${kind}`,
      `${WORDS[kind]}${sentence === null ? '' : ` It said: ${sentence}`}`,
      {
        cause: options.cause,
      },
    )
    this.kind = kind
    this.sentence = sentence
    this.retryAfter = options.retryAfter ?? null
  }
}

export function isClusterError(error: unknown, ...kinds: ClusterErrorKind[]): error is ClusterError {
  return error instanceof ClusterError && (kinds.length === 0 || kinds.includes(error.kind))
}

const STATUS: Record<ClusterErrorKind, number> = {
  conflict: 409,
  not_found: 404,
  quota: 503,
  forbidden: 503,
  unauthorized: 503,
  invalid: 422,
  expired: 410,
  too_many_requests: 503,
  unreachable: 503,
  failed: 502,
}

const WORDS: Record<ClusterErrorKind, string> = {
  conflict: 'The object was changed by somebody else at the same time.',
  not_found: 'The object is not in the cluster.',
  quota: 'The cluster has no room left for this within its quota.',
  forbidden: 'The cluster does not allow this.',
  unauthorized: "The cluster does not accept the platform's credentials.",
  invalid: 'The cluster refuses this object.',
  expired: 'The cluster no longer remembers what was asked for.',
  too_many_requests: 'The cluster is asked for too much at once.',
  unreachable: "The cluster's API server does not answer.",
  failed: "The cluster's API server failed.",
}

const Status = z.object({
  message: z.string().optional(),
  reason: z.string().optional(),
  code: z.number().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
})

/** What an answer other than 2xx means; the body of it may be anything. */
export function errorOf(status: number, body: unknown, retryAfterHeader?: string): ClusterError {
  const parsed = Status.safeParse(body)
  const { message, reason, details } = parsed.success ? parsed.data : {}
  const text = message ?? (typeof body === 'string' && body.trim() !== '' ? body.trim().slice(0, 500) : null)
  const seconds = retryAfterHeader === undefined ? details?.retryAfterSeconds : Number(retryAfterHeader)
  const retryAfter = seconds === undefined || Number.isNaN(seconds) ? null : seconds * 1000
  return new ClusterError(kindOf(status, reason, text ?? ''), text, { retryAfter })
}

/** An apply of what is not in the schema is answered like a failure of the server, with 500. */
const BAD_SCHEMA = /failed to create typed patch object|unable to convert unstructured object/

function kindOf(status: number, reason: string | undefined, message: string): ClusterErrorKind {
  if (status === 401) return 'unauthorized'
  if (status === 403) return /exceeded quota|failed quota/.test(message) ? 'quota' : 'forbidden'
  if (status === 404) return 'not_found'
  if (status === 409) return 'conflict'
  if (status === 410 || reason === 'Expired' || reason === 'Gone') return 'expired'
  if (status === 429) return 'too_many_requests'
  if (status === 400 || status === 415 || status === 422 || BAD_SCHEMA.test(message)) return 'invalid'
  return 'failed'
}
