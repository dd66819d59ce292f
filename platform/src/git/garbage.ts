import { join } from 'node:path'
import { DAY } from './clock.ts'
import { replacePacks } from './compaction.ts'
import type { PackMaker } from './compaction.ts'
import { createHead, headKey } from './repository.ts'
import { leaveFamily, readFamily } from './family.ts'
import type { Family } from './family.ts'
import { git } from './git-process.ts'
import type { Head, PackEntry } from './head.ts'
import { readNewPack } from './new-pack.ts'
import { ZERO_OID } from './object-id.ts'
import type { Remotes } from './remotes.ts'

/** Superseded packs and orphans of broken pushes are kept this long: longer than any clone, and than clocks differ. */
export const GRACE = DAY
/** Objects that no ref reaches, and repositories that were deleted, are kept this long. */
export const KEPT = 7 * DAY

/**
 * Drops objects that neither a ref nor the reflog has reached for a week. All or nothing per closure: what is younger
 * is kept whole, with everything that it refers to. False when there was nothing to drop, or a push came between.
 */
export async function dropUnreachable(remotes: Remotes, id: string, signal?: AbortSignal): Promise<boolean> {
  const version = await remotes.repository(id).head(signal)
  if (!version) return false
  const old = version.head.packs.filter(({ addedAt }) => remotes.clock.now() - addedAt > KEPT)
  if (old.length === 0) return false
  const objects = await remotes.views.use(id, version, (view) =>
    sortObjects(remotes, view, version.head, old, signal),
  )
  if (objects.kept.length === objects.total) return false
  const { generation } = version.head
  // A push may revive an object that only this look found dead: then everything is as it was, and tried another day.
  return replacePacks(
    remotes,
    id,
    version,
    old,
    packObjects(objects.kept),
    signal,
    (head) => head.generation === generation,
  )
}

/** Which objects of the old packs are reached from refs, from the reflog, or from anything in younger packs. */
async function sortObjects(
  remotes: Remotes,
  view: string,
  head: Head,
  old: PackEntry[],
  signal?: AbortSignal,
): Promise<{ kept: string[]; total: number }> {
  const isOld = new Set(old.map(({ key }) => key))
  const inOld = new Set<string>()
  const young: string[] = []
  for (const pack of head.packs)
    await remotes.cache.use(pack, async ({ index }) => {
      for (const oid of index.oids())
        if (isOld.has(pack.key)) inOld.add(oid)
        else young.push(oid)
    })
  const logged = head.reflog.flatMap(({ old: from, new: to }) => [from, to]).filter((oid) => oid !== ZERO_OID)
  const known = new Set([...inOld, ...young])
  // An entry of the reflog may be older than the last collection: it names what is gone, and keeps nothing alive.
  const roots = new Set([...Object.values(head.refs), ...logged.filter((oid) => known.has(oid)), ...young])
  const input = Buffer.from([...roots].map((oid) => `${oid}\n`).join(''))
  const listed = await git(['rev-list', '--objects', '--stdin', '--no-object-names'], {
    gitDir: view,
    input,
    signal,
  })
  const kept = [...new Set(listed.toString().split('\n'))].filter((oid) => inOld.has(oid))
  return { kept, total: inOld.size }
}

function packObjects(oids: string[]): PackMaker {
  return async (view, scratch, _inputs, signal) => {
    if (oids.length === 0) return null
    const target = join(scratch, 'objects', 'pack', 'pack')
    const args = ['pack-objects', '--delta-base-offset', '--quiet', target]
    const output = await git(args, { gitDir: view, input: Buffer.from(`${oids.join('\n')}\n`), signal })
    return readNewPack(`${target}-${output.toString().trim()}.pack`)
  }
}

/** What a sweep deleted, or would: object keys. */
export interface Swept {
  keys: string[]
  bytes: number
}

/**
 * Deletes packs that no repository lists: superseded ones after a day, and orphans of broken pushes likewise. Lists all
 * packs of the store. `dryRun` only tells.
 */
export async function sweep(remotes: Remotes, dryRun: boolean, signal?: AbortSignal): Promise<Swept> {
  const candidates = new Map<string, Candidates>()
  for await (const { key, size, modified } of remotes.store.list('f/', signal)) {
    const family = /^f\/([^/]+)\/packs\//.exec(key)?.[1]
    if (family === undefined || remotes.clock.now() - modified.getTime() <= GRACE) continue
    const known = candidates.get(family) ?? new Map<string, number>()
    candidates.set(family, known.set(key, size))
  }
  const swept: Swept = { keys: [], bytes: 0 }
  for (const [family, sizes] of candidates) {
    const { keys, bytes } = await sweepFamily(remotes, family, sizes, dryRun, signal)
    swept.keys.push(...keys)
    swept.bytes += bytes
  }
  return swept
}

/** Bytes by key, of packs and indices that are old enough to be garbage. */
type Candidates = Map<string, number>

/**
 * Before it deletes it bumps the epoch of every member: a publisher that slept with an old version in its hands loses
 * its compare-and-swap and looks again.
 */
async function sweepFamily(
  remotes: Remotes,
  family: string,
  candidates: Candidates,
  dryRun: boolean,
  signal?: AbortSignal,
): Promise<Swept> {
  const nothing: Swept = { keys: [], bytes: 0 }
  const found = await readFamily(remotes.store, family)
  const members = found?.family.members ?? []
  const dead = withoutUsed(candidates, await usedBy(remotes, family, members, true))
  if (dead === null || dead.size === 0) return nothing
  if (!dryRun) {
    const fenced = withoutUsed(dead, await usedBy(remotes, family, members, false))
    // A fork that entered meanwhile may have read its parent before.
    const after = await readFamily(remotes.store, family)
    if (fenced === null || after?.etag !== found?.etag) return nothing
    for (const key of fenced.keys()) await remotes.store.delete(key, signal)
    return { keys: [...fenced.keys()], bytes: sum(fenced.values()) }
  }
  return { keys: [...dead.keys()], bytes: sum(dead.values()) }
}

/** Keys of the packs that members may still read; null while a fork is being made, which may be about to list any. */
async function usedBy(
  remotes: Remotes,
  family: string,
  members: Family['members'],
  dryRun: boolean,
): Promise<Set<string> | null> {
  const used = new Set<string>()
  for (const { id, since } of members) {
    const packs = await packsOf(remotes, family, id, since, dryRun)
    if (packs === 'unknown') return null
    for (const key of packs) used.add(key)
  }
  return used
}

function withoutUsed(candidates: Candidates, used: Set<string> | null): Candidates | null {
  if (used === null) return null
  return new Map([...candidates].filter(([key]) => !used.has(key.replace(/\.(pack|idx)$/, ''))))
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}

/** The packs that a member may still read, after its epoch was bumped unless `dryRun`; `unknown` while it is being made. */
async function packsOf(
  remotes: Remotes,
  family: string,
  id: string,
  since: string,
  dryRun: boolean,
): Promise<Set<string> | 'unknown'> {
  const repository = remotes.repository(id)
  const now = remotes.clock.now()
  let version = await repository.head()
  if (!version) {
    if (now - Date.parse(since) < GRACE) return 'unknown'
    // Its maker died, or sleeps: a head in its place keeps it from listing packs that are gone.
    if (!dryRun) await createHead(remotes.store, id, tombstone(family, new Date(now)))
    return new Set()
  }
  const isKept = ({ at }: { at: string }): boolean => now - Date.parse(at) <= GRACE
  if (!dryRun)
    version = await repository.edit(async ({ head }) => ({
      ...head,
      gcEpoch: head.gcEpoch + 1,
      superseded: head.superseded.filter(isKept),
    }))
  const { packs, superseded } = version.head
  return new Set([...packs, ...superseded.filter(isKept)].map(({ key }) => key))
}

/** Removes a repository that was deleted a week ago; its packs are orphans then. False when it is not that far. */
export async function purgeRetired(remotes: Remotes, id: string): Promise<boolean> {
  const version = await remotes.repository(id).head()
  const retiredAt = version?.head.retiredAt ?? null
  if (!version || retiredAt === null || remotes.clock.now() - Date.parse(retiredAt) < KEPT) return false
  await leaveFamily(remotes.store, version.head.family, id)
  await remotes.store.delete(headKey(id))
  return true
}

/** A head that keeps a name from being taken: it lists nothing and counts as deleted. */
function tombstone(family: string, at: Date): Head {
  return {
    version: 1,
    generation: 1,
    transactions: [`tombstone-${at.getTime()}`],
    family,
    head: 'refs/heads/main',
    refs: {},
    packs: [],
    superseded: [],
    gcEpoch: 0,
    reflog: [],
    createdAt: at.toISOString(),
    retiredAt: at.toISOString(),
  }
}
