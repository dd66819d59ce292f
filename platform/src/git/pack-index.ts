import { createHash } from 'node:crypto'

/** An object's place in a pack. `crc` is the CRC-32 of its packed bytes. */
export interface IndexEntry {
  oid: string
  offset: number
  crc: number
}

const MAGIC = Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2])
const FANOUT = 8
const OIDS = FANOUT + 256 * 4

/** A pack index, version 2, in memory: answers where an object is by binary search. */
export class PackIndex {
  readonly count: number
  readonly #data: Buffer

  /** Throws on anything but a version 2 index. */
  constructor(data: Buffer) {
    if (data.length < OIDS + 40 || !data.subarray(0, 8).equals(MAGIC))
      throw new Error('not a version 2 pack index')
    this.#data = data
    this.count = data.readUInt32BE(FANOUT + 255 * 4)
    if (data.length < OIDS + this.count * 28 + 40) throw new Error('truncated pack index')
  }

  get bytes(): number {
    return this.#data.length
  }

  /** Ids of all objects, sorted. */
  *oids(): Iterable<string> {
    for (let at = OIDS; at < OIDS + this.count * 20; at += 20) yield this.#data.toString('hex', at, at + 20)
  }

  has(oid: string): boolean {
    return this.#position(oid) !== -1
  }

  /** Byte offset of the object's entry in the pack, or null. */
  offsetOf(oid: string): number | null {
    const position = this.#position(oid)
    if (position === -1) return null
    const offsets = OIDS + this.count * 24
    const offset = this.#data.readUInt32BE(offsets + position * 4)
    if (offset < 0x8000_0000) return offset
    const large = offsets + this.count * 4 + (offset - 0x8000_0000) * 8
    return Number(this.#data.readBigUInt64BE(large))
  }

  #position(oid: string): number {
    const wanted = Buffer.from(oid, 'hex')
    const first = wanted[0]
    if (first === undefined || wanted.length !== 20) return -1
    let low = first === 0 ? 0 : this.#data.readUInt32BE(FANOUT + (first - 1) * 4)
    let high = this.#data.readUInt32BE(FANOUT + first * 4)
    // Ids are spread evenly: four bytes of them decide nearly always, and are compared many times faster than twenty.
    const start = wanted.readUInt32BE(0)
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = OIDS + middle * 20
      const order = this.#data.readUInt32BE(at) - start || this.#data.compare(wanted, 0, 20, at, at + 20)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return -1
  }
}

/** The bytes of a version 2 index. `packChecksum` is the pack's trailing 20 bytes. */
export function writePackIndex(entries: IndexEntry[], packChecksum: Buffer): Buffer {
  const sorted = [...entries].sort((a, b) => (a.oid < b.oid ? -1 : 1))
  const fanout = Buffer.alloc(256 * 4)
  const oids = Buffer.alloc(sorted.length * 20)
  const crcs = Buffer.alloc(sorted.length * 4)
  const offsets = Buffer.alloc(sorted.length * 4)
  const counts = new Uint32Array(256)
  sorted.forEach(({ oid, crc, offset }, position) => {
    oids.write(oid, position * 20, 'hex')
    crcs.writeUInt32BE(crc, position * 4)
    offsets.writeUInt32BE(offset, position * 4)
    const first = Number.parseInt(oid.slice(0, 2), 16)
    counts[first] = (counts[first] ?? 0) + 1
  })
  let total = 0
  counts.forEach((count, first) => {
    total += count
    fanout.writeUInt32BE(total, first * 4)
  })
  const index = Buffer.concat([MAGIC, fanout, oids, crcs, offsets, packChecksum])
  return Buffer.concat([index, createHash('sha1').update(index).digest()])
}
