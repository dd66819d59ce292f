import { NoSuchKey, S3ServiceException } from '@aws-sdk/client-s3'
import { ObjectStoreError } from './object-store.ts'

/** A conditional read found what the caller has already. */
export function isNotModified(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 304
}

/** There is no such object, in a bucket that exists. */
export function isMissing(error: unknown): boolean {
  // NoSuchBucket is a 404 too, and must never read as "this repository does not exist".
  return error instanceof NoSuchKey || (error instanceof S3ServiceException && error.name === 'NotFound')
}

/** An error of this machine's file system, which no repeat mends. */
export function isLocal(error: unknown): boolean {
  return (
    error instanceof ObjectStoreError || (error instanceof Error && 'syscall' in error && 'path' in error)
  )
}

/** What the port promises to throw. */
export function asStoreError(error: unknown, what: string): Error {
  if (error instanceof ObjectStoreError) return error
  return new ObjectStoreError(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  })
}
