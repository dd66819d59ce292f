import { deflateSync } from 'node:zlib'
import type { PromiseFsClient } from 'isomorphic-git'
import type { ObjectReader } from './object-reader.ts'

const OBJECT_PATH = /(?:^|\/)objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/

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
    if (!object) throw missing(path)
    const header = Buffer.from(`${object.type} ${object.content.length}\0`)
    return deflateSync(Buffer.concat([header, object.content]), { level: 0 })
  }

  const stat = async (path: string): Promise<never> => {
    throw missing(path)
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

function missing(path: string): Error {
  return Object.assign(new Error(`no such object: ${path}`), { code: 'ENOENT' })
}
