import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from './git-process.ts'
import type { Head, PackEntry } from './head.ts'
import { makeScratch } from './ingest.ts'
import { readNewPack } from './new-pack.ts'
import { uploadPack } from './pack-upload.ts'
import type { NewPack } from './pack-upload.ts'
import type { Remotes } from './remotes.ts'
import { LISTABLE } from './repository.ts'
import type { HeadVersion } from './repository.ts'

/** More listed packs than this are worth a compaction. */
export const MAX_PACKS = 32

/**
 * Joins small packs of a repository into one, which fetches and look-ups are quicker with. No object is dropped, so it
 * needs no look at refs, never blocks a push and is not put off by one. False when there was nothing to do.
 */
export async function compact(
  remotes: Remotes,
  id: string,
  signal?: AbortSignal,
  maxPacks = MAX_PACKS,
): Promise<boolean> {
  const version = await remotes.repository(id).head(signal)
  if (!version || version.head.packs.length <= maxPacks) return false
  const inputs = choosePacks(version.head.packs, maxPacks)
  await replacePacks(remotes, id, version, inputs, joinPacks, signal)
  return true
}

/**
 * The packs that a new one stands in for: from the smallest upwards while the next is not far larger than all before
 * together, so that each object is rewritten only a logarithmic number of times.
 */
export function choosePacks(packs: PackEntry[], maxPacks = MAX_PACKS): PackEntry[] {
  const bySize = [...packs].sort((a, b) => a.size - b.size)
  let count = 0
  let total = 0
  for (const [position, { size }] of bySize.entries()) {
    // At least half of what is over the limit goes, or the next push would call for the next compaction.
    if (position >= maxPacks / 2 && size > 2 * total) break
    total += size
    count = position + 1
  }
  return bySize.slice(0, count)
}

/** Makes the bytes of the pack that replaces others; null when nothing has to stay. */
export type PackMaker = (
  view: string,
  scratch: string,
  inputs: PackEntry[],
  signal?: AbortSignal,
) => Promise<NewPack | null>

/**
 * Lists a new pack in the place of others, by compare-and-swap; those stay readable as superseded ones. `stillRight`
 * is asked for each new head: false gives up, and what was written is garbage.
 */
export async function replacePacks(
  remotes: Remotes,
  id: string,
  version: HeadVersion,
  inputs: PackEntry[],
  make: PackMaker,
  signal?: AbortSignal,
  stillRight: (head: Head) => boolean = () => true,
): Promise<boolean> {
  const scratch = await makeScratch(remotes.scratch)
  const youngest = Math.max(...inputs.map(({ addedAt }) => addedAt))
  try {
    const pack = await remotes.views.use(id, version, (view) => make(view, scratch, inputs, signal))
    const since = remotes.clock.now()
    const entry = pack && (await uploadPack(remotes.store, version.head.family, pack, youngest))
    let replaced = false
    await remotes.repository(id).edit(async ({ head }) => {
      replaced = false
      const listed = new Set(head.packs.map(({ key }) => key))
      // A pack that waited for long to be listed may be garbage already.
      if (remotes.clock.now() - since > LISTABLE) return null
      if (!inputs.every(({ key }) => listed.has(key)) || !stillRight(head)) return null
      replaced = true
      return replaceInHead(head, inputs, entry, new Date(since))
    })
    if (replaced && pack && entry && !(pack.pack instanceof Uint8Array))
      await remotes.cache.adopt(entry, pack.pack, pack.index)
    return replaced
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function replaceInHead(head: Head, inputs: PackEntry[], output: PackEntry | null, at: Date): Head {
  const gone = new Set(inputs.map(({ key }) => key))
  const kept = head.packs.filter(({ key }) => !gone.has(key))
  return {
    ...head,
    // Look-ups go from the newest backwards, so the oldest objects go first.
    packs: [...(output ? [output] : []), ...kept],
    superseded: [...head.superseded, ...inputs.map(({ key }) => ({ key, at: at.toISOString() }))],
  }
}

const joinPacks: PackMaker = async (view, scratch, inputs, signal) => {
  const names = inputs.map(({ key }) => `pack-${key.slice(-40)}.pack\n`)
  const input = Buffer.from([...new Set(names)].join(''))
  const target = join(scratch, 'objects', 'pack', 'pack')
  const args = ['pack-objects', '--stdin-packs', '--delta-base-offset', '--quiet', target]
  const output = await git(args, { gitDir: view, input, signal })
  return readNewPack(`${target}-${output.toString().trim()}.pack`)
}
