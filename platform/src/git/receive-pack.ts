import { Readable } from 'node:stream'
import type { ObjectStore } from '../store/object-store.ts'
import type { Clock } from './clock.ts'
import { refuseUpdate } from './head-changes.ts'
import type { PackEntry, RefUpdate } from './head.ts'
import { ingestLarge, SMALL_PACK_BYTES, tryIngestSmall } from './ingest.ts'
import type { Ingested } from './ingest.ts'
import { formatBytes } from './limits.ts'
import type { Limits } from './limits.ts'
import { ZERO_OID } from './object-id.ts'
import type { ObjectReader } from './object-reader.ts'
import type { PackCache } from './pack-cache.ts'
import { PackError } from './pack-entry.ts'
import { uploadPack } from './pack-upload.ts'
import { drain, packBytes, readPackStart } from './push-body.ts'
import { PushRefused } from './push-refused.ts'
import { report } from './push-report.ts'
import { PushTrace } from './push-trace.ts'
import type { Push } from './receive-commands.ts'
import type { HeadVersion, Repository } from './repository.ts'
import type { Views } from './views.ts'

export { PushRefused } from './push-refused.ts'

export interface PushRules {
  /** Who pushes, for the reflog. */
  by: string
  /** Why this update is not allowed, or null. */
  refuse(update: RefUpdate): string | null
  /** Looks at what a ref would become; throws `PushRefused`. `objects` reads the new and the existing. */
  inspect(updates: RefUpdate[], version: HeadVersion, objects: ObjectReader): Promise<void>
  /** Packs of the other repositories that count for the same owner. */
  besides?(): Promise<PackEntry[]>
}

export interface ReceiveContext {
  store: ObjectStore
  cache: PackCache
  views: Views
  /** For packs that are too large for memory. */
  scratch: string
  clock: Clock
  limits: Limits
}

/** By ref: why it is refused, null when it is not. */
type Refusals = Map<string, string | null>

/**
 * Carries a push out: checks, stores and publishes it. The report it returns is the response's body; it says `ok`
 * only for what is durable. Throws `ObjectStoreError` when the store fails and `BodyError` when the client has gone,
 * with nothing half-done.
 */
export async function receivePack(
  context: ReceiveContext,
  repository: Repository,
  push: Push,
  rest: Buffer,
  body: AsyncIterator<Buffer>,
  rules: PushRules,
  trace = new PushTrace(),
): Promise<Buffer> {
  trace.by = rules.by
  trace.refs = push.updates.map(({ ref }) => ref)
  const refused = firstRefusals(push, rules)
  const allowed = push.updates.filter(({ ref }) => refused.get(ref) === null)
  try {
    await carryOut({ context, repository, push, rules, refused, allowed, trace }, rest, body)
    trace.outcome = [...refused.values()].every((reason) => reason === null) ? 'ok' : 'refused'
    return report(push, 'ok', refused)
  } catch (error) {
    if (!(error instanceof PushRefused || error instanceof PackError)) throw error
    trace.outcome = 'refused'
    await drain(body, context.limits)
    const unpacked = error instanceof PushRefused
    for (const { ref } of unpacked ? allowed : push.updates)
      refused.set(ref, unpacked ? error.message : 'unpacker error')
    return report(push, unpacked ? 'ok' : error.message, refused, `${error.message}\n`)
  }
}

interface Job {
  context: ReceiveContext
  repository: Repository
  push: Push
  rules: PushRules
  refused: Refusals
  /** What the rules let through. */
  allowed: RefUpdate[]
  trace: PushTrace
}

async function carryOut(job: Job, rest: Buffer, body: AsyncIterator<Buffer>): Promise<void> {
  const { context, repository, push, refused, allowed, trace } = job
  const atomic = push.capabilities.has('atomic')
  const version = await repository.head()
  if (!version) throw new PushRefused('The repository does not exist.')
  if (allowed.length === 0 || (atomic && allowed.length < push.updates.length)) {
    await drain(body, context.limits)
    for (const { ref } of allowed) refused.set(ref, 'atomic push failed')
    return
  }
  const withPack = push.updates.some(({ new: oid }) => oid !== ZERO_OID)
  await using ingested = withPack
    ? await trace.stage('receive', () => ingest(context, rest, body, trace))
    : null
  if (ingested?.pack) trace.objects = ingested.pack.objects
  await publishIngested(job, version, ingested, atomic)
}

async function publishIngested(
  { context, repository, rules, refused, allowed, trace }: Job,
  first: HeadVersion,
  ingested: Ingested | null,
  atomic: boolean,
): Promise<void> {
  const { store, cache, clock, limits } = context
  const pack = ingested?.pack ?? null
  let checkedEtag = ''
  const check = async (version: HeadVersion): Promise<void> => {
    if (version.etag === checkedEtag) return
    assertWithinLimits(version, allowed, trace.packBytes, limits)
    if (trace.packBytes > 0 && rules.besides)
      assertOwnerWithinLimits(version, await rules.besides(), trace.packBytes, limits)
    const existing = repository.objects(version)
    await ingested?.connect(repository.id, version, existing, allowed)
    await rules.inspect(allowed, version, withAdded(ingested, existing))
    checkedEtag = version.etag
  }
  await trace.stage('connect', () => check(first))
  if (!isWorthStoring(first, allowed, atomic, refused)) return
  const entry =
    pack && (await trace.stage('upload', () => uploadPack(store, first.head.family, pack, clock.now())))
  const publication = { updates: allowed, packs: entry ? [entry] : [], by: rules.by, atomic }
  const result = await trace.stage('publish', () => repository.publish(publication, check))
  for (const [ref, reason] of result.refused) refused.set(ref, reason)
  if (pack && entry) await cache.adopt(entry, pack.pack, pack.index)
}

/** False when the head that was just read refuses all: then nothing is stored that nobody would list. */
function isWorthStoring(
  { head }: HeadVersion,
  updates: RefUpdate[],
  atomic: boolean,
  refused: Refusals,
): boolean {
  const reasons = updates.map((update) => refuseUpdate(head, update))
  const failed = reasons.filter((reason) => reason !== null).length
  if (failed === 0 || (failed < updates.length && !atomic)) return true
  updates.forEach(({ ref }, n) => refused.set(ref, reasons[n] ?? 'atomic push failed'))
  return false
}

async function ingest(
  { scratch, views, limits }: ReceiveContext,
  rest: Buffer,
  body: AsyncIterator<Buffer>,
  trace: PushTrace,
): Promise<Ingested> {
  const start = await readPackStart(rest, body, SMALL_PACK_BYTES, limits)
  trace.packBytes = start.size
  if (start.complete) {
    const bytes = Buffer.concat(start.chunks)
    return tryIngestSmall(bytes) ?? ingestLarge(bytes, scratch, limits, views)
  }
  const seen = (size: number): void => void (trace.packBytes = size)
  const input = Readable.from(packBytes(start, body, limits, seen), { objectMode: false })
  return ingestLarge(input, scratch, limits, views)
}

function firstRefusals({ updates }: Push, rules: PushRules): Refusals {
  const refused: Refusals = new Map()
  for (const update of updates) {
    const twice = refused.has(update.ref)
    refused.set(update.ref, twice ? 'the push names this ref twice' : rules.refuse(update))
  }
  return refused
}

function assertWithinLimits(
  { head }: HeadVersion,
  updates: RefUpdate[],
  added: number,
  { refs, repositoryBytes }: Limits,
): void {
  const made = updates.filter(({ ref, new: oid }) => oid !== ZERO_OID && head.refs[ref] === undefined).length
  const gone = updates.filter(({ ref, new: oid }) => oid === ZERO_OID && head.refs[ref] !== undefined).length
  if (made > gone && Object.keys(head.refs).length + made - gone > refs)
    throw new PushRefused(
      `The repository would have more than ${refs} refs, which is the limit. Delete branches or tags that nobody needs.`,
    )
  const size = head.packs.reduce((sum, pack) => sum + pack.size, added)
  if (added > 0 && size > repositoryBytes)
    throw new PushRefused(
      `The repository would have ${formatBytes(size)}; ${formatBytes(repositoryBytes)} is the limit. Keep large files elsewhere, or begin a new repository.`,
    )
}

function assertOwnerWithinLimits(
  { head }: HeadVersion,
  besides: PackEntry[],
  added: number,
  { ownerBytes }: Limits,
): void {
  const packs = new Map([...besides, ...head.packs].map(({ key, size }) => [key, size]))
  const size = [...packs.values()].reduce((sum, bytes) => sum + bytes, added)
  if (size > ownerBytes)
    throw new PushRefused(
      `All repositories of this owner would have ${formatBytes(size)}; ${formatBytes(ownerBytes)} is the limit. Delete workspaces that nobody needs.`,
    )
}

function withAdded(ingested: Ingested | null, existing: ObjectReader): ObjectReader {
  const added = ingested?.objects
  return {
    read: async (oid) => added?.get(oid) ?? (await existing.read(oid)),
    has: async (oid) => added?.has(oid) === true || (await existing.has(oid)),
    sizeOf: async (oid) => added?.get(oid)?.content.length ?? existing.sizeOf(oid),
  }
}
