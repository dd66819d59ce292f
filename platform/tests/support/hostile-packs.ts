import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { hashObject } from '../../src/git/object-id.ts'
import { FLUSH, packet } from '../../src/git/pkt-line.ts'

export const TYPE = { commit: 1, tree: 2, blob: 3, tag: 4, ofsDelta: 6, refDelta: 7 }

export interface RawEntry {
  type: number
  /** What the header promises. */
  size: number
  /** Between header and data: the base of a delta. */
  extra?: Buffer
  data: Buffer
}

/** A pack of whatever entries, with a true checksum. */
export function packOf(entries: RawEntry[], count = entries.length): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK', 0)
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(count, 8)
  const body = entries.flatMap(({ type, size, extra = Buffer.alloc(0), data }) => [
    entryHeader(type, size),
    extra,
    deflateSync(data),
  ])
  const bytes = Buffer.concat([header, ...body])
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()])
}

export function whole(type: 'commit' | 'tree' | 'blob', content: Buffer): RawEntry & { oid: string } {
  return { type: TYPE[type], size: content.length, data: content, oid: hashObject(type, content) }
}

/** A commit of a tree with these entries, and the tree: what a push of it needs. */
export function commitOf(...items: { mode: string; name: string | Buffer; oid: string }[]): {
  oid: string
  entries: RawEntry[]
} {
  const tree = whole(
    'tree',
    Buffer.concat(
      items.map(({ mode, name, oid }) =>
        Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.of(0), Buffer.from(oid, 'hex')]),
      ),
    ),
  )
  const who = 'A <a@example.com> 1700000000 +0000'
  const commit = whole('commit', Buffer.from(`tree ${tree.oid}\nauthor ${who}\ncommitter ${who}\n\nx\n`))
  return { oid: commit.oid, entries: [tree, commit] }
}

/** A delta on a base of `base` bytes that makes `size` bytes by copying its first byte's 64 KiB again and again. */
export function deltaBomb(base: number, size: number): Buffer {
  const copies = Math.ceil(size / 0x1_0000)
  return Buffer.concat([varint(base), varint(size), Buffer.alloc(copies, 0x80)])
}

/** The body of a push that creates one ref. */
export function pushBody(oid: string, pack: Buffer, ref = 'refs/heads/hostile'): Buffer {
  const command = `${'0'.repeat(40)} ${oid} ${ref}\0report-status side-band-64k\n`
  return Buffer.concat([packet(command), FLUSH, pack])
}

function entryHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 0x80
    bytes.push(rest & 0x7f)
  }
  return Buffer.from(bytes)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.from(bytes)
}
