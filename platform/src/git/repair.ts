import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joinFamily } from './family.ts'
import { brokenRefs, fsck } from './fsck.ts'
import type { Finding } from './fsck.ts'
import { git } from './git-process.ts'
import type { Head, PackEntry } from './head.ts'
import { ZERO_OID } from './object-id.ts'
import type { Remotes } from './remotes.ts'
import type { HeadVersion } from './repository.ts'

/** What a repair did, or would do, in words for an operator. */
export interface Repair {
  text: string
}

/**
 * Mends what `fsck` finds, and nothing else: indices are made anew, packs that are lost are no longer listed, refs that
 * lead nowhere go back to their last whole value of the reflog. With `dryRun` nothing is changed.
 */
export async function repair(
  remotes: Remotes,
  id: string,
  dryRun: boolean,
  signal?: AbortSignal,
): Promise<Repair[]> {
  const findings = await fsck(remotes, id, signal)
  const version = await remotes.repository(id).head(signal)
  if (!version) return []
  const repairs: Repair[] = []
  const of = (...kinds: Finding['kind'][]): Finding[] => findings.filter(({ kind }) => kinds.includes(kind))

  if (of('missing-member').length > 0) {
    repairs.push({ text: `Enter it into its family ${version.head.family}.` })
    if (!dryRun) await joinFamily(remotes.store, version.head.family, id, new Date(remotes.clock.now()))
  }
  for (const { subject } of of('missing-index')) {
    repairs.push({ text: `Make the index of pack ${subject} anew.` })
    if (!dryRun) await reindex(remotes, subject, signal)
  }
  const lost = new Set(of('missing-pack', 'damaged-pack').map(({ subject }) => subject))
  for (const key of lost) repairs.push({ text: `List pack ${key} no longer: it is lost.` })
  const packs = version.head.packs.filter(({ key }) => !lost.has(key))
  if (lost.size > 0 || of('broken-ref').length > 0) {
    // Indices that are about to be made are not there yet in a dry run; then refs are looked at in the real one.
    const readable = dryRun
      ? packs.filter(({ key }) => !of('missing-index').some(({ subject }) => subject === key))
      : packs
    const refs = await mendRefs(remotes, id, version, readable, repairs, signal)
    if (!dryRun)
      await remotes.repository(id).edit(async ({ head }) => mended(head, version.head, packs, refs))
  }
  return repairs
}

/** Every ref that is broken without the lost packs, with the value it gets; null when no value of the reflog is whole. */
async function mendRefs(
  remotes: Remotes,
  id: string,
  version: HeadVersion,
  packs: PackEntry[],
  repairs: Repair[],
  signal?: AbortSignal,
): Promise<Map<string, string | null>> {
  const mended = new Map<string, string | null>()
  // A generation of its own keeps this view apart from those of readers.
  const head: Head = { ...version.head, packs, generation: -version.head.generation }
  await remotes.views.use(`${id}~repair`, { ...version, head }, async (view) => {
    for (const ref of await brokenRefs(view, head, signal)) {
      const values = head.reflog.flatMap((move) => (move.ref === ref ? [move.new, move.old] : []))
      let whole: string | null = null
      for (const oid of values) {
        if (oid === ZERO_OID || whole !== null) continue
        const [broken] = await brokenRefs(view, { ...head, refs: { [ref]: oid } }, signal)
        if (broken === undefined) whole = oid
      }
      mended.set(ref, whole)
      repairs.push({
        text:
          whole === null
            ? `Remove ${ref}: neither ${head.refs[ref]} nor any earlier value of it is whole.`
            : `Move ${ref} back from ${head.refs[ref]} to ${whole}, its last whole value.`,
      })
    }
  })
  return mended
}

function mended(head: Head, seen: Head, packs: PackEntry[], refs: Map<string, string | null>): Head | null {
  // Somebody pushed meanwhile: what was found may not be so any more.
  if (head.generation !== seen.generation) return null
  const next = { ...head.refs }
  for (const [ref, oid] of refs)
    if (oid === null) delete next[ref]
    else next[ref] = oid
  return { ...head, packs, refs: next }
}

async function reindex(remotes: Remotes, key: string, signal?: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'codenest-repair-'))
  try {
    const pack = join(folder, 'p.pack')
    await remotes.store.download(`${key}.pack`, pack, signal)
    await git(['index-pack', '-o', join(folder, 'p.idx'), pack], { gitDir: folder, signal })
    await remotes.store.delete(`${key}.idx`)
    await remotes.store.putIfAbsent(`${key}.idx`, await readFile(join(folder, 'p.idx')))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
