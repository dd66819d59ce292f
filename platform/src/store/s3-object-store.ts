import { createReadStream, createWriteStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { ulid } from 'ulid'
import { assertKey, ObjectStoreError } from './object-store.ts'
import type { Body, ListedObject, ObjectStore, PutOutcome, StoredObject } from './object-store.ts'

export interface S3Options {
  bucket: string
  region: string
  /** null for AWS itself. */
  endpoint: string | null
  /** Bucket in the path instead of the host name, as most self-hosted servers want it. */
  pathStyle: boolean
  /** '' or a prefix that ends in `/`. */
  prefix: string
  /** null: the SDK's default provider chain. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null
}

/** Milliseconds until a compare-and-swap without an answer counts as `unknown`. */
const CONDITIONAL_PUT_TIMEOUT = 10_000

/** Objects in a bucket of an S3 server that honours If-Match and If-None-Match on PutObject. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client
  /** Conditional PUTs are never repeated by the SDK: a retry of a PUT that landed is answered like a lost race. */
  readonly #once: S3Client
  readonly #options: S3Options
  /** Some servers compare If-Match with the bare etag; learnt by the probe. */
  #quoted = true

  private constructor(options: S3Options) {
    const common = {
      region: options.region,
      forcePathStyle: options.pathStyle,
      ...(options.endpoint === null ? {} : { endpoint: options.endpoint }),
      ...(options.credentials === null ? {} : { credentials: options.credentials }),
      // Checksums are sent where an operation requires them: many servers refuse the newer trailers.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const
    this.#options = options
    this.#client = new S3Client({ ...common, maxAttempts: 4 })
    this.#once = new S3Client({ ...common, maxAttempts: 1 })
  }

  /**
   * Connects and probes: a store that ignores a condition would lose work silently, so it is refused with an
   * `ObjectStoreError` that names the condition.
   */
  static async open(options: S3Options, signal?: AbortSignal): Promise<S3ObjectStore> {
    const store = new S3ObjectStore(options)
    try {
      await store.#probe(signal)
      return store
    } catch (error) {
      await store[Symbol.asyncDispose]()
      throw error
    }
  }

  async get(key: string, signal?: AbortSignal): Promise<StoredObject | null> {
    const found = await this.#get(key, undefined, signal)
    return found === 'unchanged' ? null : found
  }

  getIfChanged(key: string, etag: string, signal?: AbortSignal): Promise<StoredObject | null | 'unchanged'> {
    return this.#get(key, etag, signal)
  }

  async download(key: string, file: string, signal?: AbortSignal): Promise<boolean> {
    try {
      const answer = await this.#client.send(new GetObjectCommand(this.#at(key)), { abortSignal: signal })
      if (!(answer.Body instanceof Readable)) throw new ObjectStoreError(`no body for ${key}`)
      await pipeline(answer.Body, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal })
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw asStoreError(error, `could not read ${key}`)
    }
  }

  async putIfAbsent(key: string, body: Body, signal?: AbortSignal): Promise<PutOutcome> {
    return this.#put(key, body, { IfNoneMatch: '*' }, signal)
  }

  async putIfMatch(key: string, body: Uint8Array, etag: string, signal?: AbortSignal): Promise<PutOutcome> {
    return this.#put(key, body, { IfMatch: this.#quoted ? `"${etag}"` : etag }, signal)
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#at(key)), { abortSignal: signal })
    } catch (error) {
      if (!isMissing(error)) throw asStoreError(error, `could not delete ${key}`)
    }
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject> {
    let next: string | undefined
    do {
      const page = await this.#client
        .send(
          new ListObjectsV2Command({
            Bucket: this.#options.bucket,
            Prefix: this.#options.prefix + prefix,
            ContinuationToken: next,
          }),
          { abortSignal: signal },
        )
        .catch((error: unknown) => {
          throw asStoreError(error, `could not list ${prefix}`)
        })
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined) continue
        yield {
          key: Key.slice(this.#options.prefix.length),
          size: Size ?? 0,
          modified: LastModified ?? new Date(0),
        }
      }
      next = page.NextContinuationToken
    } while (next !== undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
    this.#once.destroy()
  }

  #at(key: string): { Bucket: string; Key: string } {
    assertKey(key)
    return { Bucket: this.#options.bucket, Key: this.#options.prefix + key }
  }

  async #get(
    key: string,
    etag: string | undefined,
    signal?: AbortSignal,
  ): Promise<StoredObject | null | 'unchanged'> {
    try {
      const condition = etag === undefined ? {} : { IfNoneMatch: this.#quoted ? `"${etag}"` : etag }
      const answer = await this.#client.send(new GetObjectCommand({ ...this.#at(key), ...condition }), {
        abortSignal: signal,
      })
      if (!(answer.Body instanceof Readable)) throw new ObjectStoreError(`no body for ${key}`)
      const body = await buffer(answer.Body)
      const found = bareEtag(answer.ETag)
      // A server that ignores If-None-Match on GET only costs time.
      return found === etag ? 'unchanged' : { body, etag: found }
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 304) return 'unchanged'
      if (isMissing(error)) return null
      throw asStoreError(error, `could not read ${key}`)
    }
  }

  async #put(
    key: string,
    body: Body,
    condition: { IfMatch: string } | { IfNoneMatch: '*' },
    signal?: AbortSignal,
  ): Promise<PutOutcome> {
    const target = this.#at(key)
    const inMemory = body instanceof Uint8Array
    const deadline = inMemory ? AbortSignal.timeout(CONDITIONAL_PUT_TIMEOUT) : undefined
    const signals = [signal, deadline].filter((one) => one !== undefined)
    try {
      const answer = await this.#once.send(
        new PutObjectCommand({
          ...target,
          ...condition,
          Body: inMemory ? body : createReadStream(body.file),
          ContentLength: inMemory ? body.byteLength : body.size,
        }),
        { abortSignal: AbortSignal.any(signals) },
      )
      return { outcome: 'applied', etag: bareEtag(answer.ETag) }
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof S3ServiceException)) return { outcome: 'unknown', cause: error }
      const status = error.$metadata.httpStatusCode ?? 0
      if (status === 412 || (status === 404 && 'IfMatch' in condition && error.name === 'NoSuchKey'))
        return { outcome: 'refused' }
      if (status === 409 || status === 429 || status >= 500 || status === 0)
        return { outcome: 'unknown', cause: error }
      throw asStoreError(error, `could not write ${key}`)
    }
  }

  async #probe(signal?: AbortSignal): Promise<void> {
    const key = `probe/${ulid()}`
    const bytes = (text: string): Uint8Array => Buffer.from(text)
    const must = (holds: boolean, what: string): void => {
      if (!holds)
        throw new ObjectStoreError(
          `the S3 server does not honour ${what}: saves could be lost, so CodeNest does not start on it. Use a server with conditional writes.`,
        )
    }
    try {
      const made = await this.putIfAbsent(key, bytes('1'), signal)
      if (made.outcome !== 'applied')
        throw new ObjectStoreError('the S3 server did not accept a new object', {
          cause: made.outcome === 'unknown' ? made.cause : undefined,
        })
      const again = await this.putIfAbsent(key, bytes('2'), signal)
      must(again.outcome !== 'applied', 'If-None-Match: * on PutObject')
      let changed = await this.putIfMatch(key, bytes('3'), made.etag, signal)
      if (changed.outcome !== 'applied') {
        this.#quoted = false
        changed = await this.putIfMatch(key, bytes('3'), made.etag, signal)
      }
      must(changed.outcome === 'applied', 'If-Match with the right etag on PutObject')
      const stale = await this.putIfMatch(key, bytes('4'), made.etag, signal)
      must(stale.outcome !== 'applied', 'If-Match with a stale etag on PutObject')
      const read = await this.get(key, signal)
      must(read?.body.toString() === '3', 'read-after-write')
    } finally {
      await this.delete(key).catch(() => {})
    }
  }
}

function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '')
}

function isMissing(error: unknown): boolean {
  // NoSuchBucket is a 404 too, and must never read as "this repository does not exist".
  return error instanceof NoSuchKey || (error instanceof S3ServiceException && error.name === 'NotFound')
}

function asStoreError(error: unknown, what: string): Error {
  if (error instanceof ObjectStoreError) return error
  if (error instanceof Error && error.name === 'AbortError') return error
  return new ObjectStoreError(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  })
}
