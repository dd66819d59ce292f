import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { ObjectType } from './pack-entry.ts'

const TYPE_NUMBERS: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 }

/** A pack without deltas. For a few small objects: all of it is in memory. */
export function writePack(objects: { type: ObjectType; content: Uint8Array }[]): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(objects.length, 8)
  const body = Buffer.concat([
    header,
    ...objects.flatMap(({ type, content }) => [entryHeader(type, content.length), deflateSync(content)]),
  ])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

function entryHeader(type: ObjectType, size: number): Buffer {
  const bytes = [(TYPE_NUMBERS[type] << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80
    bytes.push(rest & 0x7f)
  }
  return Buffer.from(bytes)
}
