import type { FileHandle } from 'node:fs/promises'
import type { PackEntry } from './head.ts'
import { EMPTY_TREE } from './object-id.ts'
import type { CachedPack, PackCache } from './pack-cache.ts'
import {
  applyDelta,
  inflateEntry,
  inflateStart,
  MAX_ENTRY_HEADER,
  PackError,
  readEntryHeader,
  resultSize,
} from './pack-entry.ts'
import type { GitObject } from './pack-entry.ts'
import type { PackIndex } from './pack-index.ts'

/** Largest object that is read into memory, in bytes. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024

/** Reads single objects out of a repository's packs. */
export interface ObjectReader {
  /** null when no pack has it. */
  read(oid: string): Promise<GitObject | null>
  has(oid: string): Promise<boolean>
  /** Bytes of an object, without reading all of it; null when no pack has it. */
  sizeOf(oid: string): Promise<number | null>
}

interface Place {
  entry: PackEntry
  index: PackIndex
  offset: number
}

/** Short-lived: it holds on to the indexes that it has looked into. */
export function createObjectReader(packs: PackEntry[], cache: Pick<PackCache, 'use'>): ObjectReader {
  // What was written last is asked for most.
  const newestFirst = packs.toReversed()
  const indexes: PackIndex[] = []
  let last: Place | null = null

  const find = async (oid: string): Promise<Place | null> => {
    // Neighbours in a tree lie in the same pack, mostly.
    const near = last?.index.offsetOf(oid) ?? null
    if (last && near !== null) return { ...last, offset: near }
    for (const [n, entry] of newestFirst.entries()) {
      const index = (indexes[n] ??= await cache.use(entry, async (pack) => pack.index))
      const offset = index.offsetOf(oid)
      if (offset !== null) return (last = { entry, index, offset })
    }
    return null
  }

  const read = async (oid: string): Promise<GitObject | null> => {
    if (oid === EMPTY_TREE) return { type: 'tree', content: Buffer.alloc(0) }
    const place = await find(oid)
    return place && cache.use(place.entry, (pack) => readAt(pack, place.offset))
  }

  const readAt = async (pack: CachedPack, offset: number): Promise<GitObject> => {
    const deltas: Buffer[] = []
    for (let at = offset; ;) {
      const { header, data } = await readRaw(pack, at)
      if (header.type === 'ofs-delta') {
        deltas.push(data)
        at = header.baseOffset
        continue
      }
      let base: GitObject | null
      if (header.type === 'ref-delta') {
        deltas.push(data)
        base = await read(header.baseOid)
        if (!base) throw new PackError('a delta has no base')
      } else base = { type: header.type, content: data }
      const content = deltas.reduceRight(
        (built, delta) => applyDelta(built, delta, MAX_OBJECT_BYTES),
        base.content,
      )
      return { type: base.type, content }
    }
  }

  const sizeOf = async (oid: string): Promise<number | null> => {
    if (oid === EMPTY_TREE) return 0
    const place = await find(oid)
    return place && cache.use(place.entry, (pack) => readSize(pack, place.offset))
  }

  return {
    read,
    sizeOf,
    has: async (oid) => oid === EMPTY_TREE || (await find(oid)) !== null,
  }
}

/** Compressed bytes of a delta in which its two sizes are found. */
const DELTA_START = 512

/** A delta says at its start how large a thing it makes. */
async function readSize(pack: CachedPack, offset: number): Promise<number> {
  const length = MAX_ENTRY_HEADER + DELTA_START
  const start = await readBytes(pack.file, offset, Math.min(length, pack.size - 20 - offset))
  const header = readEntryHeader(start, 0, offset)
  if (header.type !== 'ofs-delta' && header.type !== 'ref-delta') return header.size
  return resultSize(inflateStart(start.subarray(header.length)))
}

async function readRaw(
  pack: CachedPack,
  offset: number,
): Promise<{ header: ReturnType<typeof readEntryHeader>; data: Buffer }> {
  const start = await readBytes(pack.file, offset, Math.min(4096, pack.size - 20 - offset))
  const header = readEntryHeader(start, 0, offset)
  if (header.size > MAX_OBJECT_BYTES) throw new PackError('an object is too large to be read')
  // Deflate grows what it cannot shrink by 5 bytes a block, so this many bytes hold the whole entry.
  const most = header.length + header.size + Math.ceil(header.size / 1000) + 64
  const whole =
    most <= start.length
      ? start
      : await readBytes(pack.file, offset, Math.min(most + MAX_ENTRY_HEADER, pack.size - 20 - offset))
  return { header, data: inflateEntry(whole, header.length, header.size).content }
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.max(0, length))
  const { bytesRead } = await file.read(bytes, 0, bytes.length, position)
  return bytes.subarray(0, bytesRead)
}
