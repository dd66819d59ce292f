import { createReadStream, createWriteStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { assertKey, ObjectStoreError } from './object-store.ts'
import type { Body, ListedObject, ObjectStore, PutOutcome, StoredObject } from './object-store.ts'
import { asStoreError, isLocal, isMissing, isNotModified } from './s3-errors.ts'
import { putMultipart } from './s3-multipart.ts'
import { DEFAULT_TUNING } from './s3-options.ts'
import type { S3Options, S3Tuning } from './s3-options.ts'
import { bareEtag, classifyFailedPut, isTransient } from './s3-outcome.ts'
import { probeS3 } from './s3-probe.ts'
import type { S3Traits } from './s3-probe.ts'

/** Objects in a bucket of an S3 server that honours If-Match and If-None-Match on PutObject. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client
  /** Conditional PUTs are never repeated by the SDK: a retry of a PUT that landed is answered like a lost race. */
  readonly #once: S3Client
  readonly #options: S3Options
  readonly #tuning: S3Tuning
  /** Learnt by the probe. */
  readonly #traits: S3Traits = { quotedMatch: true, quotedRead: true }

  private constructor(options: S3Options, tuning: S3Tuning) {
    const common = {
      region: options.region,
      forcePathStyle: options.pathStyle,
      ...(options.endpoint === null ? {} : { endpoint: options.endpoint }),
      ...(options.credentials === null ? {} : { credentials: options.credentials }),
      // Checksums are sent where an operation requires them: many servers refuse the newer trailers.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: tuning.connect, socketTimeout: tuning.idle },
    } as const
    this.#options = options
    this.#tuning = tuning
    this.#client = new S3Client({ ...common, maxAttempts: tuning.attempts })
    this.#once = new S3Client({ ...common, maxAttempts: 1 })
  }

  /**
   * Connects and probes: a store that ignores a condition would lose work silently, so it is refused with an
   * `ObjectStoreError` that names the condition.
   */
  static async open(
    options: S3Options,
    tuning: Partial<S3Tuning> = {},
    signal?: AbortSignal,
  ): Promise<S3ObjectStore> {
    const store = new S3ObjectStore(options, { ...DEFAULT_TUNING, ...tuning })
    try {
      await probeS3(
        {
          traits: store.#traits,
          get: (key, one) => store.get(key, one),
          putIfAbsent: (key, body, one) => store.putIfAbsent(key, body, one),
          putIfMatch: (key, body, etag, one) => store.putIfMatch(key, body, etag, one),
          delete: (key, one) => store.delete(key, one),
          readsUnchanged: (key, etag, one) => store.#isNotModified(key, etag, one),
        },
        signal,
      )
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
    const downloadOnce = async (): Promise<boolean> => {
      const answer = await this.#once.send(new GetObjectCommand(this.#at(key)), { abortSignal: signal })
      if (!(answer.Body instanceof Readable)) throw new ObjectStoreError(`no body for ${key}`)
      // Fails when the file exists, and only what this call has made is removed by it.
      await (await open(file, 'wx', 0o600)).close()
      try {
        await pipeline(answer.Body, createWriteStream(file), { signal })
        const { size } = await stat(file)
        if (answer.ContentLength !== undefined && answer.ContentLength !== size)
          throw new Error('the answer was cut off')
      } catch (error) {
        await rm(file, { force: true })
        throw error
      }
      return true
    }
    return this.#read(key, downloadOnce, false, signal)
  }

  async putIfAbsent(key: string, body: Body, signal?: AbortSignal): Promise<PutOutcome> {
    if (!(body instanceof Uint8Array) && body.size > this.#tuning.multipartAbove)
      return this.#putLarge(key, body, signal)
    return this.#put(key, body, { IfNoneMatch: '*' }, signal)
  }

  async putIfMatch(key: string, body: Uint8Array, etag: string, signal?: AbortSignal): Promise<PutOutcome> {
    return this.#put(key, body, { IfMatch: this.#traits.quotedMatch ? `"${etag}"` : etag }, signal)
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    try {
      const abortSignal = this.#within(0, signal, this.#tuning.attempts)
      await this.#client.send(new DeleteObjectCommand(this.#at(key)), { abortSignal })
    } catch (error) {
      signal?.throwIfAborted()
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
          { abortSignal: this.#within(0, signal, this.#tuning.attempts) },
        )
        .catch((error: unknown) => {
          signal?.throwIfAborted()
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

  /** The deadline of a call that moves so many bytes and may be tried so often, and the caller's own signal. */
  #within(bytes: number, signal: AbortSignal | undefined, attempts = 1): AbortSignal {
    const { call, bytesPerSecond } = this.#tuning
    const deadline = AbortSignal.timeout(Math.ceil(attempts * (call + (bytes / bytesPerSecond) * 1000)))
    return signal ? AbortSignal.any([signal, deadline]) : deadline
  }

  async #get(
    key: string,
    etag: string | undefined,
    signal?: AbortSignal,
  ): Promise<StoredObject | null | 'unchanged'> {
    const getOnce = async (): Promise<StoredObject | 'unchanged'> => {
      const abortSignal = this.#within(0, signal)
      const answer = await this.#once.send(
        new GetObjectCommand({ ...this.#at(key), ...(etag !== undefined && this.#unless(etag)) }),
        { abortSignal },
      )
      if (!(answer.Body instanceof Readable)) throw new ObjectStoreError(`no body for ${key}`)
      const body = await buffer(answer.Body)
      if (answer.ContentLength !== undefined && answer.ContentLength !== body.length)
        throw new Error('the answer was cut off')
      const found = bareEtag(answer.ETag)
      // A server that ignores If-None-Match on GET only costs time.
      return found === etag ? 'unchanged' : { body, etag: found }
    }
    try {
      return await this.#read(key, getOnce, null, signal)
    } catch (error) {
      if (isNotModified(error)) return 'unchanged'
      throw error
    }
  }

  #unless(etag: string): { IfNoneMatch: string } {
    return { IfNoneMatch: this.#traits.quotedRead ? `"${etag}"` : etag }
  }

  async #isNotModified(key: string, etag: string, signal?: AbortSignal): Promise<boolean> {
    try {
      const command = new GetObjectCommand({ ...this.#at(key), IfNoneMatch: `"${etag}"` })
      const answer = await this.#once.send(command, { abortSignal: this.#within(0, signal) })
      if (answer.Body instanceof Readable) answer.Body.destroy()
      return false
    } catch (error) {
      return isNotModified(error)
    }
  }

  /** Repeats a read that did not get through; `missing` when there is no such object. */
  async #read<T, M>(key: string, read: () => Promise<T>, missing: M, signal?: AbortSignal): Promise<T | M> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await read()
      } catch (error) {
        signal?.throwIfAborted()
        if (isMissing(error)) return missing
        if (isNotModified(error)) throw error
        const again = attempt < this.#tuning.attempts && isTransient(error) && !isLocal(error)
        if (!again) throw asStoreError(error, `could not read ${key}`)
        await delay(Math.random() * 50 * 2 ** attempt, undefined, { signal })
      }
    }
  }

  async #put(
    key: string,
    body: Body,
    condition: { IfMatch: string } | { IfNoneMatch: '*' },
    signal?: AbortSignal,
  ): Promise<PutOutcome> {
    const inMemory = body instanceof Uint8Array
    const size = inMemory ? body.byteLength : body.size
    const command = new PutObjectCommand({
      ...this.#at(key),
      ...condition,
      Body: inMemory ? body : createReadStream(body.file),
      ContentLength: size,
    })
    try {
      const answer = await this.#once.send(command, { abortSignal: this.#within(size, signal) })
      const etag = bareEtag(answer.ETag)
      return etag === ''
        ? { outcome: 'unknown', cause: new Error('the answer has no etag') }
        : { outcome: 'applied', etag }
    } catch (error) {
      signal?.throwIfAborted()
      const outcome = classifyFailedPut(error, 'IfMatch' in condition ? 'match' : 'absence')
      if (outcome) return outcome
      throw asStoreError(error, `could not write ${key}`)
    }
  }

  async #putLarge(
    key: string,
    { file, size }: { file: string; size: number },
    signal?: AbortSignal,
  ): Promise<PutOutcome> {
    const { partBytes, attempts } = this.#tuning
    const within = (bytes: number): AbortSignal => this.#within(bytes, signal, attempts)
    const target = this.#at(key)
    try {
      const clients = { client: this.#client, once: this.#once }
      return await putMultipart({ ...clients, target, file, size, partBytes, within })
    } catch (error) {
      signal?.throwIfAborted()
      throw asStoreError(error, `could not write ${key}`)
    }
  }
}
