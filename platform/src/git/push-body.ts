import type { Readable } from 'node:stream'
import type { Limits } from './limits.ts'
import { formatBytes } from './limits.ts'
import { PackError } from './pack-entry.ts'
import { PushRefused } from './push-refused.ts'

/** The client broke off, or has sent nothing for too long. */
export class BodyError extends Error {
  override name = 'BodyError'
}

/** The bytes of a body. Throws a `BodyError` when it breaks off or is silent for `silence` milliseconds. */
export async function* untilSilent(stream: Readable, silence: number): AsyncGenerator<Buffer, void> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let silent = false
  const next = async (): Promise<IteratorResult<Buffer>> => {
    const timer = setTimeout(() => {
      silent = true
      stream.destroy(new Error('silent'))
    }, silence)
    try {
      return await chunks.next()
    } catch (error) {
      const what = silent ? `has sent nothing for ${silence / 1000} s` : 'broke off'
      throw new BodyError(`the client ${what}`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }
  for (let chunk = await next(); !chunk.done; chunk = await next()) yield chunk.value
}

/** The pack of a push as far as it is needed to choose how to receive it. */
export interface PackStart {
  chunks: Buffer[]
  size: number
  /** True when this is all. */
  complete: boolean
}

/** Reads up to a bit more than `most` bytes; looks at the header, and refuses what promises too many objects. */
export async function readPackStart(
  first: Buffer,
  body: AsyncIterator<Buffer>,
  most: number,
  limits: Limits,
): Promise<PackStart> {
  const chunks = [first]
  let size = first.length
  let looked = false
  const look = (): void => {
    looked = true
    assertHeader(Buffer.concat(chunks).subarray(0, 12), limits)
  }
  while (size <= most) {
    if (!looked && size >= 12) look()
    const chunk = await body.next()
    if (chunk.done) {
      assertSize(size, limits)
      return { chunks, size, complete: true }
    }
    chunks.push(chunk.value)
    size += chunk.value.length
  }
  if (!looked) look()
  return { chunks, size, complete: false }
}

/** All bytes of a pack; throws a `PushRefused` when there are too many. */
export async function* packBytes(
  { chunks, size }: PackStart,
  body: AsyncIterator<Buffer>,
  limits: Limits,
  seen: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  let total = size
  assertSize(total, limits)
  seen(total)
  yield* chunks
  for (let chunk = await body.next(); !chunk.done; chunk = await body.next()) {
    total += chunk.value.length
    assertSize(total, limits)
    seen(total)
    yield chunk.value
  }
}

/**
 * Reads what a client still sends after its push was refused, for a client that is still sending does not read why.
 * Only as much as a push may have: who sends more is cut off.
 */
export async function drain(body: AsyncIterator<Buffer>, { packBytes: most }: Limits): Promise<void> {
  try {
    for (let size = 0; size <= most;) {
      const chunk = await body.next()
      if (chunk.done) return
      size += chunk.value.length
    }
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
  }
}

function assertHeader(header: Buffer, { packObjects }: Limits): void {
  if (header.toString('latin1', 0, 4) !== 'PACK') throw new PackError('not a pack')
  const count = header.readUInt32BE(8)
  if (count > packObjects)
    throw new PushRefused(
      `The push has ${count} objects; ${packObjects} is the limit of one push. Push it in several steps.`,
    )
}

function assertSize(size: number, limits: Limits): void {
  if (size > limits.packBytes)
    throw new PushRefused(
      `The push is larger than ${formatBytes(limits.packBytes)}, which is the limit of one push. Push it in several steps, or keep large files elsewhere.`,
    )
}
