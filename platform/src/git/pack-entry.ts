import { constants, inflateSync } from 'node:zlib'

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

export interface GitObject {
  type: ObjectType
  content: Buffer
}

/** The header of an entry: whole objects have no base; deltas name theirs by offset or by id. */
export interface EntryHeader {
  type: ObjectType | 'ofs-delta' | 'ref-delta'
  /** Bytes after inflating: of the object, or of the delta. */
  size: number
  /** Absolute offset of the base of an `ofs-delta`. */
  baseOffset: number
  /** Id of the base of a `ref-delta`. */
  baseOid: string
  /** Bytes of the header itself. */
  length: number
}

export class PackError extends Error {
  override name = 'PackError'
}

/** Nothing is known to be wrong with the pack, but it takes more than was allowed to find out. */
export class PackBudgetError extends PackError {
  override name = 'PackBudgetError'
}

const TYPES: Record<number, EntryHeader['type']> = {
  1: 'commit',
  2: 'tree',
  3: 'blob',
  4: 'tag',
  6: 'ofs-delta',
  7: 'ref-delta',
}
/** Bytes that hold any entry header. */
export const MAX_ENTRY_HEADER = 40

/** Reads the entry header at `at` of `data`; `offset` is where the entry begins in its pack. */
export function readEntryHeader(data: Buffer, at: number, offset: number): EntryHeader {
  let position = at
  const next = (): number => {
    const byte = data[position]
    if (byte === undefined) throw new PackError('the pack is truncated')
    position += 1
    return byte
  }
  let byte = next()
  const type = TYPES[(byte >> 4) & 7]
  if (type === undefined) throw new PackError('an entry has an unknown type')
  let size = byte & 15
  for (let shift = 4; byte & 0x80; shift += 7) {
    byte = next()
    size += (byte & 0x7f) * 2 ** shift
    if (shift > 46) throw new PackError('an entry has an absurd size')
  }
  let baseOffset = 0
  let baseOid = ''
  if (type === 'ofs-delta') {
    byte = next()
    let distance = byte & 0x7f
    while (byte & 0x80) {
      byte = next()
      distance = (distance + 1) * 128 + (byte & 0x7f)
      if (distance > Number.MAX_SAFE_INTEGER / 256) throw new PackError('a delta has an absurd base')
    }
    baseOffset = offset - distance
    if (distance === 0 || baseOffset < 12) throw new PackError('a delta has its base outside of the pack')
  }
  if (type === 'ref-delta') {
    baseOid = data.toString('hex', position, position + 20)
    position += 20
    if (baseOid.length !== 40) throw new PackError('the pack is truncated')
  }
  return { type, size, baseOffset, baseOid, length: position - at }
}

/** Inflates exactly `size` bytes; tells how many bytes of input they took. */
export function inflateEntry(data: Buffer, at: number, size: number): { content: Buffer; consumed: number } {
  try {
    const { buffer, engine } = inflateSync(data.subarray(at), {
      info: true,
      // One byte more than promised, so that a stream which holds more is seen.
      maxOutputLength: size + 1,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    if (buffer.length !== size) throw new PackError('an entry has not the size that it promises')
    return { content: buffer, consumed: engine.bytesWritten }
  } catch (error) {
    if (error instanceof PackError) throw error
    throw new PackError('an entry cannot be inflated', { cause: error })
  }
}

/** What the first bytes of a deflated stream hold. */
export function inflateStart(data: Buffer): Buffer {
  try {
    return inflateSync(data, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    throw new PackError('an entry cannot be inflated', { cause: error })
  }
}

/** Bytes of what a delta makes, of which the start is there. */
export function resultSize(delta: Buffer): number {
  let at = 0
  const readSize = (): number => {
    let size = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = delta[at]
      if (byte === undefined || at > 20) throw new PackError('a delta is truncated')
      at += 1
      size += (byte & 0x7f) * scale
      if (!(byte & 0x80)) return size
    }
  }
  readSize()
  return readSize()
}

/** Applies a delta; `limit` bounds the result's bytes. */
export function applyDelta(base: Buffer, delta: Buffer, limit: number): Buffer {
  let at = 0
  const next = (): number => {
    const byte = delta[at]
    if (byte === undefined) throw new PackError('a delta is truncated')
    at += 1
    return byte
  }
  const readSize = (): number => {
    let size = 0
    let byte = 0
    let scale = 1
    do {
      byte = next()
      size += (byte & 0x7f) * scale
      scale *= 128
      if (size > Number.MAX_SAFE_INTEGER / 256) throw new PackError('a delta has an absurd size')
    } while (byte & 0x80)
    return size
  }
  if (readSize() !== base.length) throw new PackError('a delta does not fit its base')
  const size = readSize()
  if (size > limit) throw new PackBudgetError('a delta makes an object that is too large')
  const result = Buffer.allocUnsafe(size)
  let filled = 0
  while (at < delta.length) {
    const command = next()
    let from: Buffer
    if (command & 0x80) {
      let start = 0
      let length = 0
      for (let bit = 0; bit < 4; bit += 1) if (command & (1 << bit)) start += next() * 2 ** (8 * bit)
      for (let bit = 0; bit < 3; bit += 1) if (command & (0x10 << bit)) length += next() * 2 ** (8 * bit)
      from = base.subarray(start, start + (length || 0x1_0000))
      if (from.length !== (length || 0x1_0000)) throw new PackError('a delta copies from outside of its base')
    } else {
      if (command === 0) throw new PackError('a delta has an unknown command')
      from = delta.subarray(at, at + command)
      if (from.length !== command) throw new PackError('a delta is truncated')
      at += command
    }
    if (filled + from.length > size) throw new PackError('a delta makes more than it promises')
    filled += from.copy(result, filled)
  }
  if (filled !== size) throw new PackError('a delta makes less than it promises')
  return result
}
