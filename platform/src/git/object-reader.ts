import type { FileHandle } from 'node:fs/promises'
import type { PackEntry } from './head.ts'
import { EMPTY_TREE } from './object-id.ts'
import type { CachedPack, PackCache } from './pack-cache.ts'
import { applyDelta, inflateEntry, MAX_ENTRY_HEADER, PackError, readEntryHeader } from './pack-entry.ts'
import type { GitObject } from './pack-entry.ts'

/** Largest object that is read into memory, in bytes. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024

/** Reads single objects out of a repository's packs. */
export interface ObjectReader {
  /** null when no pack has it. */
  read(oid: string): Promise<GitObject | null>
  has(oid: string): Promise<boolean>
}

export function createObjectReader(packs: PackEntry[], cache: PackCache): ObjectReader {
  // What was written last is asked for most.
  const newestFirst = packs.toReversed()

  const read = async (oid: string): Promise<GitObject | null> => {
    if (oid === EMPTY_TREE) return { type: 'tree', content: Buffer.alloc(0) }
    for (const entry of newestFirst) {
      const found = await cache.use(entry, async (pack) => {
        const offset = pack.index.offsetOf(oid)
        return offset === null ? null : readAt(pack, offset)
      })
      if (found) return found
    }
    return null
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

  return {
    read,
    async has(oid) {
      if (oid === EMPTY_TREE) return true
      for (const entry of newestFirst)
        if (await cache.use(entry, async (pack) => pack.index.has(oid))) return true
      return false
    },
  }
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
