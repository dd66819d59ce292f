import type { Head } from './head.ts'
import { isOid } from './object-id.ts'
import type { ObjectReader } from './object-reader.ts'

/** Tags whose target is remembered. */
const KEPT_PEELED = 50_000

/** By refs of a head: heads are immutable. */
const sorted = new WeakMap<Head['refs'], string[]>()
/** What a tag points to in the end, null for what is no tag; the same forever, as ids are. */
const peeled = new Map<string, string | null>()

/** Names of a head's refs in git's order, that of their bytes. */
export function sortedRefs({ refs }: Head): string[] {
  const known = sorted.get(refs)
  if (known) return known
  const names = Object.keys(refs)
  // UTF-16 sorts as UTF-8 does as long as there are no surrogates.
  if (names.some((name) => /[\ud800-\udfff]/.test(name)))
    names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  else names.sort()
  sorted.set(refs, names)
  return names
}

/** What each tag among these refs points to in the end. */
export async function peelTags(
  { refs }: Head,
  names: string[],
  objects: ObjectReader,
): Promise<Map<string, string>> {
  const targets = new Map<string, string>()
  for (const name of names) {
    if (!name.startsWith('refs/tags/')) continue
    const oid = refs[name] ?? ''
    const known = peeled.get(oid)
    const target = known === undefined ? await peel(oid, objects) : known
    if (target !== null) targets.set(name, target)
  }
  return targets
}

async function peel(oid: string, objects: ObjectReader): Promise<string | null> {
  let target = oid
  for (let depth = 0; depth < 10; depth += 1) {
    const object = await objects.read(target)
    if (!object) return null
    if (object.type !== 'tag') {
      if (peeled.size >= KEPT_PEELED) peeled.clear()
      peeled.set(oid, target === oid ? null : target)
      return target === oid ? null : target
    }
    const next = object.content.toString('latin1', 7, 47)
    if (!isOid(next)) return null
    target = next
  }
  return null
}
