import type { Head, PackEntry, RefUpdate } from './head.ts'
import { ZERO_OID } from './object-id.ts'
import { isRefName } from './ref-name.ts'

const KEPT_TRANSACTIONS = 64
const KEPT_REFLOG = 200

export interface HeadChange {
  transaction: string
  by: string
  at: Date
  packs: PackEntry[]
  updates: RefUpdate[]
}

/** Why an update cannot be applied to this head, in git's words; null when it can. */
export function refuseUpdate(head: Head, update: RefUpdate): string | null {
  if (!isRefName(update.ref)) return 'funny refname'
  const current = head.refs[update.ref] ?? ZERO_OID
  // A client that never got our answer asks again for what is already so.
  if (current === update.new) return null
  if (current !== update.old) return 'stale info'
  if (update.new !== ZERO_OID && current === ZERO_OID && hasConflictingName(head, update.ref))
    return 'a ref with a conflicting name exists'
  return null
}

/** The next head; the updates must have been found applicable. */
export function applyChange(head: Head, change: HeadChange): Head {
  const refs = { ...head.refs }
  const moved = change.updates.filter(({ ref, new: to }) => (refs[ref] ?? ZERO_OID) !== to)
  for (const { ref, new: to } of moved) {
    if (to === ZERO_OID) delete refs[ref]
    else refs[ref] = to
  }
  const at = change.at.toISOString()
  const log = moved.map(({ ref, old, new: to }) => ({ ref, old, new: to, at, by: change.by }))
  return {
    ...head,
    generation: head.generation + 1,
    transactions: [change.transaction, ...head.transactions].slice(0, KEPT_TRANSACTIONS),
    refs,
    packs: [...head.packs, ...change.packs],
    reflog: [...log.toReversed(), ...head.reflog].slice(0, KEPT_REFLOG),
  }
}

/** `refs/heads/a` and `refs/heads/a/b` cannot both be files in a clone. */
function hasConflictingName(head: Head, ref: string): boolean {
  const parts = ref.split('/')
  for (let length = 3; length < parts.length; length += 1)
    if (head.refs[parts.slice(0, length).join('/')] !== undefined) return true
  return Object.keys(head.refs).some((name) => name.startsWith(`${ref}/`))
}
