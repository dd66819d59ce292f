import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ObjectStore } from '../store/object-store.ts'
import type { Clock } from './clock.ts'
import type { RefUpdate } from './head.ts'
import { ingestLarge, ingestSmall, needsFsck, SMALL_PACK_BYTES } from './ingest.ts'
import type { Ingested } from './ingest.ts'
import type { Limits } from './limits.ts'
import { isOid, ZERO_OID } from './object-id.ts'
import type { ObjectReader } from './object-reader.ts'
import type { PackCache } from './pack-cache.ts'
import { PackError } from './pack-entry.ts'
import { uploadPack } from './pack-upload.ts'
import { FLUSH, packet, PacketError, packetText, readPacket, sideBand } from './pkt-line.ts'
import type { HeadVersion, Repository } from './repository.ts'
import type { Views } from './views.ts'

/** `no-thin` makes every pack self-contained: it is checked and stored without reading the repository. */
export const RECEIVE_CAPABILITIES =
  'report-status delete-refs side-band-64k quiet atomic ofs-delta no-thin push-options object-format=sha1 agent=codenest'

const MAX_COMMANDS_BYTES = 4 * 1024 * 1024

/** A rule of the platform says no; the message is shown by the client's git. */
export class PushRefused extends Error {
  override name = 'PushRefused'
}

export interface PushRules {
  /** Who pushes, for the reflog. */
  by: string
  /** Why this update is not allowed, or null. */
  refuse(update: RefUpdate): string | null
  /** Looks at what a ref would become; throws `PushRefused`. `objects` reads the new and the existing. */
  inspect(updates: RefUpdate[], version: HeadVersion, objects: ObjectReader): Promise<void>
}

export interface ReceiveContext {
  store: ObjectStore
  cache: PackCache
  views: Views
  clock: Clock
  /** For packs that are too large for memory. */
  scratch: string
  limits: Limits
}

/** Milliseconds; clients take a server that is silent for long for dead. */
const KEEPALIVE_INTERVAL = 5000
/** An empty packet of the progress band. */
const KEEPALIVE = Buffer.from('0005\x02', 'latin1')

export interface Push {
  updates: RefUpdate[]
  capabilities: Set<string>
}

/** Reads the commands of a push; what follows them in `body` is the pack. Throws a `PacketError`. */
export async function readCommands(body: AsyncIterator<Buffer>): Promise<{ push: Push; rest: Buffer }> {
  const updates: RefUpdate[] = []
  let capabilities: string[] = []
  let buffered: Buffer = Buffer.alloc(0)
  let at = 0
  let flushes = 0
  for (;;) {
    const read = readPacket(buffered, at)
    if (!read) {
      const chunk = await body.next()
      if (chunk.done) throw new PacketError('the push ends in its commands')
      buffered = Buffer.concat([buffered.subarray(at), chunk.value])
      at = 0
      if (buffered.length > MAX_COMMANDS_BYTES) throw new PacketError('the push has too many commands')
      continue
    }
    at = read.next
    if (read.packet === 'flush') {
      flushes += 1
      // Push options are a second list of packets; CodeNest has none and reads past them.
      if (flushes === 1 && capabilities.includes('push-options')) continue
      return { push: { updates, capabilities: new Set(capabilities) }, rest: buffered.subarray(at) }
    }
    if (!Buffer.isBuffer(read.packet)) throw new PacketError('unexpected packet')
    if (flushes > 0) continue
    const [command = '', listed] = packetText(read.packet).split('\0')
    if (listed !== undefined) capabilities = listed.trim().split(' ')
    if (command.startsWith('shallow ')) continue
    const [old = '', next = '', ref = ''] = splitCommand(command)
    if (!isOid(old) || !isOid(next) || ref === '') throw new PacketError('a command of the push is malformed')
    updates.push({ ref, old, new: next })
  }
}

/**
 * Carries a push out: checks, stores and publishes it. The report it returns is the response's body; it says `ok`
 * only for what is durable. Throws `ObjectStoreError` when the store fails, with nothing half-done.
 */
export async function receivePack(
  context: ReceiveContext,
  repository: Repository,
  push: Push,
  rest: Buffer,
  body: AsyncIterator<Buffer>,
  rules: PushRules,
  signal?: AbortSignal,
): Promise<Buffer> {
  const atomic = push.capabilities.has('atomic')
  const refused = new Map(push.updates.map((update) => [update.ref, rules.refuse(update)]))
  const allowed = push.updates.filter(({ ref }) => refused.get(ref) === null)
  const none = allowed.length === 0 || (atomic && allowed.length < push.updates.length)
  try {
    const version = await repository.head(signal)
    if (!version) throw new PushRefused('the repository does not exist')
    const withPack = push.updates.some(({ new: oid }) => oid !== ZERO_OID)
    await using ingested = withPack ? await ingest(context, rest, body, signal) : null
    if (none) {
      for (const { ref } of allowed) refused.set(ref, 'atomic push failed')
      return report(push, 'ok', refused)
    }
    await publishIngested(context, repository, version, ingested, allowed, atomic, rules, refused)
    return report(push, 'ok', refused)
  } catch (error) {
    if (error instanceof PushRefused) {
      for (const { ref } of allowed) refused.set(ref, error.message.split('\n')[0] ?? 'refused')
      return report(push, 'ok', refused, `${error.message}\n`)
    }
    if (!(error instanceof PackError)) throw error
    for (const { ref } of push.updates) refused.set(ref, 'unpacker error')
    return report(push, error.message, refused, `${error.message}\n`)
  }
}

async function publishIngested(
  { store, cache, clock }: ReceiveContext,
  repository: Repository,
  first: HeadVersion,
  ingested: Ingested | null,
  updates: RefUpdate[],
  atomic: boolean,
  rules: PushRules,
  refused: Map<string, string | null>,
): Promise<void> {
  let checkedEtag = ''
  const check = async (version: HeadVersion): Promise<void> => {
    if (version.etag === checkedEtag) return
    const existing = repository.objects(version)
    await ingested?.connect(repository.id, version, existing, updates)
    await rules.inspect(updates, version, withAdded(ingested, existing))
    checkedEtag = version.etag
  }
  await check(first)
  const pack = ingested?.pack ?? null
  const entry = pack && (await uploadPack(store, first.head.family, pack, clock.now()))
  const result = await repository.publish(
    { updates, packs: entry ? [entry] : [], by: rules.by, atomic },
    check,
  )
  for (const [ref, reason] of result.refused) refused.set(ref, reason)
  if (pack && entry) await cache.adopt(entry, pack.pack, pack.index)
}

async function ingest(
  { scratch, views, limits }: ReceiveContext,
  rest: Buffer,
  body: AsyncIterator<Buffer>,
  signal?: AbortSignal,
): Promise<Ingested> {
  const chunks = [rest]
  let size = rest.length
  while (size <= SMALL_PACK_BYTES) {
    const chunk = await body.next()
    if (chunk.done) {
      const bytes = Buffer.concat(chunks)
      const small = tryIngestSmall(bytes)
      return small ?? (await ingestLarge(bytes, scratch, limits.packBytes, views, signal))
    }
    chunks.push(chunk.value)
    size += chunk.value.length
  }
  return ingestLarge(concatenate(chunks, body), scratch, limits.packBytes, views, signal)
}

/** null when git should have a look at it. */
function tryIngestSmall(bytes: Buffer): Ingested | null {
  const ingested = ingestSmall(bytes)
  return needsFsck(ingested) ? null : ingested
}

function concatenate(chunks: Buffer[], body: AsyncIterator<Buffer>): Readable {
  return Readable.from(
    (async function* () {
      yield* chunks
      for (let chunk = await body.next(); !chunk.done; chunk = await body.next()) yield chunk.value
    })(),
    { objectMode: false },
  )
}

function withAdded(ingested: Ingested | null, existing: ObjectReader): ObjectReader {
  const added = ingested?.objects
  return {
    read: async (oid) => added?.get(oid) ?? (await existing.read(oid)),
    has: async (oid) => added?.has(oid) === true || (await existing.has(oid)),
  }
}

function report(push: Push, unpack: string, refused: Map<string, string | null>, message = ''): Buffer {
  const lines = [packet(`unpack ${unpack}\n`)]
  for (const { ref } of push.updates) {
    const reason = refused.get(ref)
    lines.push(packet(reason === null || reason === undefined ? `ok ${ref}\n` : `ng ${ref} ${reason}\n`))
  }
  const status = Buffer.concat([...lines, FLUSH])
  if (!push.capabilities.has('report-status')) return Buffer.alloc(0)
  if (!push.capabilities.has('side-band-64k')) return status
  return Buffer.concat([...(message === '' ? [] : [sideBand(2, message)]), sideBand(1, status), FLUSH])
}

function splitCommand(command: string): string[] {
  return [command.slice(0, 40), command.slice(41, 81), command.slice(82)]
}

/**
 * Writes keep-alives while a push that takes long is worked on, so that its answer still finds somebody. From the
 * first one on the status is 200, and an error can only be told in band.
 */
export async function withKeepalive(
  push: Push,
  response: ServerResponse,
  work: () => Promise<Buffer>,
): Promise<void> {
  const timer = push.capabilities.has('side-band-64k')
    ? setInterval(() => response.write(KEEPALIVE), KEEPALIVE_INTERVAL)
    : undefined
  try {
    response.end(await work())
  } catch (error) {
    if (!response.headersSent) throw error
    const said = Buffer.concat([sideBand(3, 'the platform could not finish the push, try again\n'), FLUSH])
    await new Promise<void>((resolve) => response.end(said, resolve))
    throw error
  } finally {
    clearInterval(timer)
  }
}
