import { inflateRawSync } from 'node:zlib'

export interface ZipEntry {
  /** Unix mode; 0 when the zip does not tell. */
  mode: number
  content: Buffer
}

/** Files and links of a zip, by name; folders are left out. Reads the directory at its end, so a cut one throws. */
export function readZip(bytes: Buffer): Map<string, ZipEntry> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'))
  if (end === -1) throw new Error('the zip has no directory')
  const entries = new Map<string, ZipEntry>()
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (bytes.readUInt32LE(at) !== 0x02014b50) throw new Error('the directory of the zip is damaged')
    const [method, compressed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)]
    const lengths = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [number, number, number]
    const name = bytes.toString('utf8', at + 46, at + 46 + lengths[0])
    const local = bytes.readUInt32LE(at + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const data = bytes.subarray(start, start + compressed)
    if (!name.endsWith('/'))
      entries.set(name, {
        mode: bytes.readUInt32LE(at + 38) >>> 16,
        content: method === 0 ? Buffer.from(data) : inflateRawSync(data),
      })
    at += 46 + lengths[0] + lengths[1] + lengths[2]
  }
  return entries
}
