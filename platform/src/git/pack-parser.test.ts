import { createHash, randomBytes } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { stockGit, temporaryFolder } from '../../tests/support/shell.ts'
import { PackIndex, writePackIndex } from './pack-index.ts'
import { PackError } from './pack-entry.ts'
import { parsePack } from './pack-parser.ts'

const LIMIT = 64 * 1024 * 1024

/** A pack with entries of one's own making: header byte(s), then deflated data. */
function packOf(...entries: { type: number; size: number; extra?: Buffer; data: Buffer }[]): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  header.writeUInt32BE(entries.length, 8)
  const parts = entries.map(({ type, size, extra = Buffer.alloc(0), data }) => {
    const bytes = [(type << 4) | (size & 15)]
    for (let rest = size >>> 4; rest > 0; rest >>>= 7) {
      bytes[bytes.length - 1]! |= 0x80
      bytes.push(rest & 0x7f)
    }
    return Buffer.concat([Buffer.from(bytes), extra, deflateSync(data)])
  })
  const pack = Buffer.concat([header, ...parts])
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()])
}

const BLOB = 3
const OFS_DELTA = 6
const REF_DELTA = 7

describe('parsePack', () => {
  it('reads packs of stock git with deltas, and writes the same index', async () => {
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'init', '-q')
    const lines = Array.from({ length: 400 }, () => randomBytes(20).toString('hex'))
    for (let n = 0; n < 12; n += 1) {
      lines[n * 7] = `changed ${n}`
      await writeFile(join(folder.path, 'a.txt'), lines.join('\n'))
      await stockGit(folder.path, 'add', '-A')
      await stockGit(folder.path, 'commit', '-qm', `${n}`)
    }
    await stockGit(folder.path, 'repack', '-adfq', '--depth=50')
    const packs = join(folder.path, '.git', 'objects', 'pack')
    const names = await readdir(packs)
    const read = (ending: string): Promise<Buffer> =>
      readFile(
        join(
          packs,
          names.find((name) => name.endsWith(ending))!,
        ),
      )
    const pack = await read('.pack')
    const { objects, index, checksum } = parsePack(pack, LIMIT)
    expect(
      await stockGit(
        folder.path,
        'verify-pack',
        '-v',
        join(
          packs,
          names.find((name) => name.endsWith('.idx'))!,
        ),
      ),
    ).toContain('chain length')
    const listed = (await stockGit(folder.path, 'cat-file', '--batch-all-objects', '--batch-check')).split(
      '\n',
    )
    expect([...objects].map(([oid, { type, content }]) => `${oid} ${type} ${content.length}`).sort()).toEqual(
      listed.sort(),
    )
    const ours = writePackIndex(index, checksum)
    expect(ours.equals(await read('.idx'))).toBe(true)
    const lookup = new PackIndex(ours)
    for (const { oid, offset } of index) expect(lookup.offsetOf(oid)).toBe(offset)
    expect(lookup.has('f'.repeat(40))).toBe(false)
  })

  it.each([
    ['a truncated pack', packOf({ type: BLOB, size: 5, data: Buffer.from('hello') }).subarray(0, 25)],
    ['a flipped bit', flip(packOf({ type: BLOB, size: 5, data: Buffer.from('hello') }))],
    ['a size that lies', packOf({ type: BLOB, size: 4, data: Buffer.from('hello') })],
    ['a size that lies upwards', packOf({ type: BLOB, size: 6, data: Buffer.from('hello') })],
    ['an unknown type', packOf({ type: 5, size: 5, data: Buffer.from('hello') })],
    [
      'a delta without its base',
      packOf({ type: REF_DELTA, size: 3, extra: Buffer.alloc(20, 1), data: Buffer.from([5, 5, 0x90]) }),
    ],
    [
      'a delta on itself',
      packOf({ type: OFS_DELTA, size: 3, extra: Buffer.of(0), data: Buffer.from([5, 5, 0x90]) }),
    ],
    ['a bomb', packOf({ type: BLOB, size: 100 * 1024 * 1024, data: Buffer.alloc(16) })],
    [
      'a delta that makes a bomb',
      packOf(
        { type: BLOB, size: 5, data: Buffer.from('hello') },
        {
          type: OFS_DELTA,
          size: 6,
          extra: Buffer.of(14),
          data: Buffer.from([5, 0xff, 0xff, 0xff, 0x7f, 0x90]),
        },
      ),
    ],
    ['not a pack', Buffer.alloc(64)],
  ])('refuses %s', (_what, pack) => {
    expect(() => parsePack(pack, LIMIT)).toThrow(PackError)
  })
})

function flip(pack: Buffer): Buffer {
  const damaged = Buffer.from(pack)
  damaged[15]! ^= 1
  return damaged
}
