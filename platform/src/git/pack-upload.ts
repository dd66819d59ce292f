import { ulid } from 'ulid'
import { ObjectStoreError } from '../store/object-store.ts'
import type { Body, ObjectStore } from '../store/object-store.ts'
import type { PackEntry } from './head.ts'

const MAX_ATTEMPTS = 3

export interface NewPack {
  pack: Body
  index: Buffer
  /** The pack's trailing SHA-1. */
  checksum: Buffer
  objects: number
}

/**
 * Writes a pack and its index into the store. They are durable when it resolves, and part of no repository until a
 * head lists them. Keys are never used twice, so a put whose answer was lost is simply tried under another key.
 * `addedAt`: milliseconds since the epoch.
 */
export async function uploadPack(
  store: ObjectStore,
  family: string,
  pack: NewPack,
  addedAt: number,
): Promise<PackEntry> {
  let cause: unknown
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const key = `f/${family}/packs/${ulid()}-${pack.checksum.toString('hex')}`
    const puts = await Promise.all([
      store.putIfAbsent(`${key}.pack`, pack.pack),
      store.putIfAbsent(`${key}.idx`, pack.index),
    ])
    if (puts.every(({ outcome }) => outcome === 'applied'))
      return { key, size: sizeOf(pack.pack), objects: pack.objects, addedAt }
    cause = puts.map((put) => (put.outcome === 'unknown' ? put.cause : put.outcome))
  }
  throw new ObjectStoreError('a pack could not be written', { cause })
}

function sizeOf(body: Body): number {
  return body instanceof Uint8Array ? body.byteLength : body.size
}
