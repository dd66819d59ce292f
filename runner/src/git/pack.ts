import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, deflate, deflateSync, inflateSync } from 'node:zlib'

import { createObject } from './objects.ts'
import type { GitObject, ObjectType } from './objects.ts'

const LEVEL = { level: constants.Z_BEST_SPEED }
const deflateInPool = promisify<Buffer, typeof LEVEL, Buffer>(deflate)
/** Below this many bytes a round trip to the thread pool costs more than the compression. */
const IN_PLACE_LIMIT = 64 * 1024
const TYPES: (ObjectType | null)[] = [null, 'commit', 'tree', 'blob', 'tag']

/** A self-contained pack (version 2, no deltas) of the objects. */
export async function encodePack(objects: GitObject[]): Promise<Buffer> {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(objects.length, 8)
  const parts: Buffer[] = [header]
  for (const object of objects) {
    parts.push(entryHeader(TYPES.indexOf(object.type), object.data.length), await compress(object.data))
  }
  const body = Buffer.concat(parts)
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

async function compress(data: Buffer): Promise<Buffer> {
  return data.length < IN_PLACE_LIMIT ? deflateSync(data, LEVEL) : deflateInPool(data, LEVEL)
}

/** The objects of a pack that `encodePack` made; no other pack is understood. */
export function decodePack(pack: Buffer): GitObject[] {
  const objects: GitObject[] = []
  let at = 12
  for (let left = pack.readUInt32BE(8); left > 0; left--) {
    let byte = pack[at++] ?? 0
    const number = (byte >> 4) & 7
    while (byte & 0x80) byte = pack[at++] ?? 0
    // The types of Node know only what it returns without `info`.
    const { buffer, engine } = inflateSync(pack.subarray(at), { info: true }) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    at += engine.bytesWritten
    objects.push(createObject(TYPES[number] ?? 'blob', buffer))
  }
  return objects
}

/** Type and size of an entry: 4 bits of size in the first byte, 7 in each that follows. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = []
  let current = (type << 4) | (size & 0x0f)
  let rest = Math.floor(size / 16)
  while (rest > 0) {
    bytes.push(current | 0x80)
    current = rest & 0x7f
    rest = Math.floor(rest / 128)
  }
  bytes.push(current)
  return Buffer.from(bytes)
}
