import { S3ServiceException } from '@aws-sdk/client-s3'
import type { PutOutcome } from './object-store.ts'

/** Codes of a 400 that say that the connection broke, not that the request was wrong. */
const BROKEN_OFF = new Set(['RequestTimeout', 'RequestTimeoutException', 'IncompleteBody'])

/**
 * What is known of a conditional PUT that failed; null when the request itself was wrong (denied, no such bucket), so
 * that nothing was written and asking again would not help.
 *
 * - 412, and 404 of an If-Match on a missing key: refused.
 * - 409: another write of the key was in flight; S3 wants the caller to look and try again: unknown.
 * - 429, 5xx, 408: throttled, or failed after it may have been written (Ceph answers lost races with 500): unknown.
 * - no answer (timeout, reset, an answer that is cut off or no S3): unknown.
 */
export function classifyFailedPut(error: unknown, conditionOn: 'match' | 'absence'): PutOutcome | null {
  if (!(error instanceof S3ServiceException)) return { outcome: 'unknown', cause: error }
  const status = error.$metadata.httpStatusCode ?? 0
  if (status === 412) return { outcome: 'refused' }
  if (status === 404 && conditionOn === 'match') {
    if (error.name === 'NoSuchKey') return { outcome: 'refused' }
    // A missing bucket is for the operator; a bare 404 may come from anything in between.
    return error.name === 'NoSuchBucket' ? null : { outcome: 'unknown', cause: error }
  }
  const definite = status >= 300 && status < 500 && ![408, 409, 429].includes(status)
  return definite && !BROKEN_OFF.has(error.name) ? null : { outcome: 'unknown', cause: error }
}

/** True for a read that may succeed when it is repeated: no answer, or a server that says so. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof S3ServiceException)) return true
  const status = error.$metadata.httpStatusCode ?? 0
  return status >= 500 || [0, 408, 429].includes(status) || BROKEN_OFF.has(error.name)
}

/** An etag without quotes and weakness: servers differ in both. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replaceAll('"', '')
}
