import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import { bareEtag, classifyFailedPut } from './s3-outcome.ts'
import type { PutOutcome } from './object-store.ts'

/** Parts in memory at once. */
const PARALLEL = 4
/** S3 takes at most this many. */
const MAX_PARTS = 10_000

export interface MultipartOptions {
  /** Repeats what fails: parts may be sent again. */
  client: S3Client
  /** Does not: completing is the write. */
  once: S3Client
  target: { Bucket: string; Key: string }
  file: string
  size: number
  partBytes: number
  /** A deadline for one request with that many bytes. */
  within: (bytes: number) => AbortSignal
}

/**
 * Writes a large file in parts, and nothing when any of them fails. Some servers ignore If-None-Match when an upload
 * is completed, so this is for keys that nobody else writes. Throws what the parts throw; only what is not known
 * about the completion is an outcome.
 */
export async function putMultipart(options: MultipartOptions): Promise<PutOutcome> {
  const { client, once, target, within } = options
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target), { abortSignal: within(0) })
  try {
    const parts = await sendParts(options, UploadId)
    const complete = new CompleteMultipartUploadCommand({
      ...target,
      UploadId,
      IfNoneMatch: '*',
      MultipartUpload: { Parts: parts },
    })
    try {
      // Servers put the parts together before they answer, and large ones take their time.
      const answer = await once.send(complete, { abortSignal: within(options.size) })
      return { outcome: 'applied', etag: bareEtag(answer.ETag) }
    } catch (error) {
      const outcome = classifyFailedPut(error, 'absence')
      if (!outcome) throw error
      await abort(options, UploadId)
      return outcome
    }
  } catch (error) {
    await abort(options, UploadId)
    throw error
  }
}

async function sendParts(
  { client, target, file, size, partBytes, within }: MultipartOptions,
  UploadId: string | undefined,
): Promise<{ PartNumber: number; ETag: string | undefined }[]> {
  const length = Math.max(partBytes, Math.ceil(size / MAX_PARTS))
  const count = Math.ceil(size / length)
  const parts: { PartNumber: number; ETag: string | undefined }[] = []
  const failed = new AbortController()
  let next = 0
  await using handle = await open(file, 'r')
  const sendSome = async (): Promise<void> => {
    while (next < count && !failed.signal.aborted) {
      const n = next
      next += 1
      const Body = await readPart(handle, n * length, Math.min(length, size - n * length))
      const part = new UploadPartCommand({ ...target, UploadId, PartNumber: n + 1, Body })
      const abortSignal = AbortSignal.any([failed.signal, within(Body.length)])
      const { ETag } = await client.send(part, { abortSignal })
      parts[n] = { PartNumber: n + 1, ETag }
    }
  }
  const senders = Array.from({ length: PARALLEL }, () =>
    sendSome().catch((error: unknown) => {
      failed.abort()
      throw error
    }),
  )
  const failure = (await Promise.allSettled(senders)).find(({ status }) => status === 'rejected')
  if (failure?.status === 'rejected') throw failure.reason
  return parts
}

async function readPart(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) throw new Error('the file is shorter than was said')
    filled += bytesRead
  }
  return bytes
}

/** What cannot be cleaned up here, a lifecycle rule for incomplete uploads does. */
async function abort(
  { client, target, within }: MultipartOptions,
  UploadId: string | undefined,
): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...target, UploadId })
  await client.send(command, { abortSignal: within(0) }).catch(() => {})
}
