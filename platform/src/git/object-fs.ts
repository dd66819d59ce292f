import type { PromiseFsClient } from 'isomorphic-git'
import type { ObjectReader } from './object-reader.ts'

const OBJECT_PATH = /(?:^|\/)objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/

const ZLIB_HEADER = Buffer.from([0x78, 0x01])
const MAX_STORED = 0xffff
const ADLER_PRIME = 65_521
/** Bytes that can be summed up before the sums have to be reduced. */
const ADLER_RUN = 5552
/** isomorphic-git asks for much that is not there; a trace for each would cost more than the answer. */
const MISSING = Object.assign(new Error('no such object'), { code: 'ENOENT' })

/** The git directory to name to isomorphic-git; it exists only in an object file system. */
export const GIT_DIR = '/repository'

/**
 * A file system for isomorphic-git's object primitives: what it writes stays in memory, what it reads and has not
 * written comes out of a repository's packs, one object at a time.
 */
export function createObjectFs(objects: ObjectReader | null): PromiseFsClient {
  const written = new Map<string, Uint8Array>()

  const readFile = async (path: string): Promise<Uint8Array> => {
    const kept = written.get(path)
    if (kept) return kept
    const parts = OBJECT_PATH.exec(path)
    const object = parts && (await objects?.read(`${parts[1]}${parts[2]}`))
    if (!object) throw MISSING
    const header = Buffer.from(`${object.type} ${object.content.length}\0`)
    return store(Buffer.concat([header, object.content]))
  }

  const stat = async (): Promise<never> => {
    throw MISSING
  }

  return {
    promises: {
      readFile,
      writeFile: async (path: string, bytes: Uint8Array) => {
        written.set(path, bytes)
      },
      readdir: async () => [],
      mkdir: async () => {},
      rmdir: async () => {},
      unlink: async () => {},
      stat,
      lstat: stat,
      readlink: stat,
      symlink: stat,
    },
  }
}

/**
 * Bytes as a zlib stream (RFC 1950, 1951) of stored blocks: isomorphic-git reads nothing else, and to set a compressor
 * up for each object would take longer than everything that is done with it.
 */
function store(bytes: Buffer): Buffer {
  const parts: Buffer[] = [ZLIB_HEADER]
  for (let at = 0; at === 0 || at < bytes.length; at += MAX_STORED) {
    const block = bytes.subarray(at, at + MAX_STORED)
    const header = Buffer.alloc(5)
    header.writeUInt8(at + MAX_STORED >= bytes.length ? 1 : 0, 0)
    header.writeUInt16LE(block.length, 1)
    header.writeUInt16LE(~block.length & 0xffff, 3)
    parts.push(header, block)
  }
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(adler32(bytes))
  return Buffer.concat([...parts, checksum])
}

function adler32(bytes: Buffer): number {
  let a = 1
  let b = 0
  for (let at = 0; at < bytes.length; at += ADLER_RUN) {
    for (const byte of bytes.subarray(at, at + ADLER_RUN)) {
      a += byte
      b += a
    }
    a %= ADLER_PRIME
    b %= ADLER_PRIME
  }
  return b * 0x10000 + a
}
