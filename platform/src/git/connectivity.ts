import type { RefUpdate } from './head.ts'
import { ZERO_OID } from './object-id.ts'
import { linksOf } from './object-links.ts'
import type { ObjectReader } from './object-reader.ts'
import { PackError } from './pack-entry.ts'
import type { GitObject } from './pack-entry.ts'

/**
 * Throws a `PackError` unless every object that the new ones need is new too or already there, and every ref gets a
 * target of a fitting type. What is already there is whole itself: packs enter a head only through this check.
 */
export async function checkConnectivity(
  added: Map<string, GitObject>,
  updates: RefUpdate[],
  existing: ObjectReader,
): Promise<void> {
  const checked = new Set<string>()
  for (const object of added.values())
    for (const oid of linksOf(object)) {
      if (added.has(oid) || checked.has(oid)) continue
      if (!(await existing.has(oid))) throw new PackError(`object ${oid} is missing`)
      checked.add(oid)
    }
  for (const { ref, new: oid } of updates) {
    if (oid === ZERO_OID) continue
    const target = added.get(oid) ?? (await existing.read(oid))
    if (!target) throw new PackError(`object ${oid} is missing`)
    if (target.type !== 'commit' && ref.startsWith('refs/heads/'))
      throw new PackError(`${ref} needs a commit`)
  }
}
