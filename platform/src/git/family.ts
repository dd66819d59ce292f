import { z } from 'zod'
import { ObjectStoreError } from '../store/object-store.ts'
import type { ObjectStore } from '../store/object-store.ts'

const MAX_ATTEMPTS = 12

/** A repository and its forks: they may list each other's packs, so garbage collection looks at all of them. */
export const Family = z.object({
  version: z.literal(1),
  members: z.array(z.object({ id: z.string(), since: z.iso.datetime() })),
})
export type Family = z.infer<typeof Family>

export function familyKey(family: string): string {
  return `f/${family}/family.json`
}

/** null when there is no such family. Throws an `ObjectStoreError` when its document cannot be read. */
export async function readFamily(
  store: ObjectStore,
  family: string,
): Promise<{ family: Family; etag: string } | null> {
  const stored = await store.get(familyKey(family))
  if (!stored) return null
  try {
    return { family: Family.parse(JSON.parse(stored.body.toString())), etag: stored.etag }
  } catch (error) {
    throw new ObjectStoreError(`family ${family} cannot be read`, { cause: error })
  }
}

/** Changes the members by compare-and-swap; null leaves them as they are. Repeating a change must do no harm. */
export async function changeFamily(
  store: ObjectStore,
  family: string,
  change: (members: Family['members']) => Family['members'] | null,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const current = await readFamily(store, family)
    const members = change(current?.family.members ?? [])
    if (!members) return
    const body = Buffer.from(JSON.stringify({ version: 1, members } satisfies Family))
    const put = current
      ? await store.putIfMatch(familyKey(family), body, current.etag)
      : await store.putIfAbsent(familyKey(family), body)
    if (put.outcome === 'applied') return
  }
  throw new ObjectStoreError(`family ${family} could not be changed: the store did not accept it`)
}

/** Enters a repository before it lists a pack of the family. */
export function joinFamily(store: ObjectStore, family: string, id: string, since: Date): Promise<void> {
  return changeFamily(store, family, (members) =>
    members.some((member) => member.id === id) ? null : [...members, { id, since: since.toISOString() }],
  )
}

export function leaveFamily(store: ObjectStore, family: string, id: string): Promise<void> {
  return changeFamily(store, family, (members) =>
    members.some((member) => member.id === id) ? members.filter((member) => member.id !== id) : null,
  )
}
