import { createHash } from 'node:crypto'
import type { ObjectType } from './pack-entry.ts'

export const ZERO_OID = '0'.repeat(40)
/** The empty tree exists in every repository, listed in a pack or not. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

export function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

export function hashObject(type: ObjectType, content: Uint8Array): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
}
