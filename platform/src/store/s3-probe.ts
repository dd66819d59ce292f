import { setTimeout as delay } from 'node:timers/promises'
import { ulid } from 'ulid'
import { ObjectStoreError } from './object-store.ts'
import type { ObjectStore, PutOutcome } from './object-store.ts'

/** Writers of the races; servers that check and write in two steps let several win. */
const RACERS = 32
/** Tries of the whole probe when an answer that it needs is lost. */
const ATTEMPTS = 5

/** What differs between servers that all honour conditions. */
export interface S3Traits {
  /** If-Match wants the etag in quotes, as the standard has it; some servers compare it bare. */
  quotedMatch: boolean
  /** The same for If-None-Match of a read. */
  quotedRead: boolean
}

export interface ProbedStore extends Pick<ObjectStore, 'get' | 'putIfAbsent' | 'putIfMatch' | 'delete'> {
  traits: S3Traits
  /** True when the server answers a conditional read of this etag with 304. */
  readsUnchanged(key: string, etag: string, signal?: AbortSignal): Promise<boolean>
}

/** An answer that the probe needs was lost: nothing is known, good or bad. */
class Inconclusive extends Error {
  override name = 'Inconclusive'
}

/**
 * Learns the traits of an S3 server, and that it honours conditions. What a write did is always read back, so a lost
 * answer is neither taken for a fault nor for a proof. Works in a prefix of its own and cleans up.
 * Throws an `ObjectStoreError` that names the condition that does not hold.
 */
export async function probeS3(store: ProbedStore, signal?: AbortSignal): Promise<void> {
  let last: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await delay(100 * 2 ** attempt, undefined, { signal })
    const prefix = `probe/${ulid()}`
    try {
      await probeSequence(store, `${prefix}/sequence`, signal)
      await probeRaces(store, prefix, signal)
      return
    } catch (error) {
      if (!(error instanceof Inconclusive)) throw error
      last = error.cause
    } finally {
      for (const name of ['sequence', 'missing', 'created'])
        await store.delete(`${prefix}/${name}`).catch(() => {})
    }
  }
  throw new ObjectStoreError(
    `the S3 server could not be probed for conditional writes: ${last instanceof Error ? last.message : 'its answers are lost'}. Check that it is up and that CodeNest may write to the bucket.`,
    { cause: last },
  )
}

async function probeSequence(store: ProbedStore, key: string, signal?: AbortSignal): Promise<void> {
  const first = await settle(store, key, 'first', await store.putIfAbsent(key, bytes('first'), signal))
  if (first === null) throw new Inconclusive('a new object was refused')
  if ((await settle(store, key, 'second', await store.putIfAbsent(key, bytes('second'), signal))) !== null)
    refuse('If-None-Match: * on PutObject')
  const changed = await learnQuotes(store, key, first, signal)
  if (
    (await settle(store, key, 'stale', await store.putIfMatch(key, bytes('stale'), first, signal))) !== null
  )
    refuse('If-Match with a stale etag on PutObject')
  const missing = key.replace(/sequence$/, 'missing')
  const made = await store.putIfMatch(missing, bytes('missing'), first, signal)
  if ((await settle(store, missing, 'missing', made)) !== null)
    refuse('If-Match on PutObject of an object that does not exist')
  store.traits.quotedRead = await store.readsUnchanged(key, changed, signal)
}

/** Swaps with the right etag, in quotes and without. Resolves to the new etag. */
async function learnQuotes(
  store: ProbedStore,
  key: string,
  etag: string,
  signal?: AbortSignal,
): Promise<string> {
  let unknown: unknown
  for (const quoted of [true, false]) {
    store.traits.quotedMatch = quoted
    const put = await store.putIfMatch(key, bytes('changed'), etag, signal)
    const changed = await settle(store, key, 'changed', put)
    if (changed !== null) return changed
    if (put.outcome === 'unknown') unknown = put.cause
  }
  if (unknown !== undefined) throw new Inconclusive('a swap was not answered', { cause: unknown })
  return refuse('If-Match with the right etag on PutObject')
}

async function probeRaces(store: ProbedStore, prefix: string, signal?: AbortSignal): Promise<void> {
  const key = `${prefix}/created`
  const race = async (
    what: string,
    put: (body: Uint8Array) => Promise<PutOutcome>,
    round: string,
  ): Promise<string> => {
    const puts = await Promise.all(Array.from({ length: RACERS }, (_, n) => put(bytes(`${round} ${n}`))))
    const winners = puts.flatMap(({ outcome }, n) => (outcome === 'applied' ? [`${round} ${n}`] : []))
    const stored = await store.get(key, signal)
    const holds = stored?.body.toString()
    if (winners.length > 1 || (winners.length === 1 && holds !== winners[0])) refuse(what)
    if (!stored || !holds?.startsWith(round)) {
      const cause = puts.find((one) => one.outcome === 'unknown')
      throw new Inconclusive('nobody won a race', { cause: cause?.cause })
    }
    return stored.etag
  }
  const etag = await race(
    `If-None-Match: * on PutObject when ${RACERS} writers race`,
    (body) => store.putIfAbsent(key, body, signal),
    'create',
  )
  await race(
    `If-Match on PutObject when ${RACERS} writers race`,
    (body) => store.putIfMatch(key, body, etag, signal),
    'swap',
  )
}

/** What a put did, read back when its answer does not say: the object's etag when it holds `text` now, else null. */
async function settle(
  store: ProbedStore,
  key: string,
  text: string,
  put: PutOutcome,
): Promise<string | null> {
  const stored = await store.get(key)
  if (stored?.body.toString() === text) return stored.etag
  if (put.outcome === 'applied') return refuse('read-after-write')
  if (put.outcome === 'unknown' && !stored)
    throw new Inconclusive('a put was not answered', { cause: put.cause })
  return null
}

function refuse(what: string): never {
  throw new ObjectStoreError(
    `the S3 server does not honour ${what}: saves could be lost, so CodeNest does not start on it. Use a server with conditional writes.`,
  )
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text)
}
