import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Keys } from './keys.ts'

/** Proves that the platform itself has handed a text out, in 22 characters; every replica knows the seals of the others. */
export interface Seals {
  seal(text: string): string
  matches(text: string, seal: string): boolean
}

const PURPOSE = 'codenest: key of seals'
const BYTES = 16

/** Ed25519 signatures are always the same for the same text, so one of them is a secret that all replicas have. */
export async function createSeals({ privateKey }: Pick<Keys, 'privateKey'>): Promise<Seals> {
  const key = Buffer.from(await crypto.subtle.sign('Ed25519', privateKey, Buffer.from(PURPOSE)))
  const compute = (text: string): Buffer => createHmac('sha256', key).update(text).digest().subarray(0, BYTES)
  return {
    seal: (text) => compute(text).toString('base64url'),
    matches(text, seal) {
      const given = Buffer.from(seal, 'base64url')
      return given.length === BYTES && timingSafeEqual(given, compute(text))
    },
  }
}
