import type { Head } from '../git/head.ts'
import type { CommitReader } from './commits.ts'
import { saveBefore } from './commits.ts'
import { CONTINUED_PREFIX, sessionTips } from './save-refs.ts'

/** Saves that are looked at to see whether one is behind another. */
const MAX_SAVES = 5000

/**
 * Saves that the current session has taken in, with everything before them in their sessions: it names the one that
 * it continued and those that it merged, and these name theirs. Reads one commit a session where all is as usual.
 */
export async function findTakenIn(head: Head, read: CommitReader): Promise<Set<string>> {
  const tips = sessionTips(head)
  const [newest] = tips
  const open = new Set(tips.map(({ tip }) => tip))
  const taken = new Set<string>()
  // Sessions that were let go cannot be asked any more; what they had taken in was written down.
  const marked = Object.entries(head.refs).filter(([ref]) => ref.startsWith(CONTINUED_PREFIX))
  const waiting = [...(newest ? [newest.tip] : []), ...marked.map(([, oid]) => oid)]
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    if (taken.has(oid)) continue
    taken.add(oid)
    open.delete(oid)
    const save = (await read(oid))?.save
    if (save) waiting.push(...(save.previous === null ? [] : [save.previous]), ...save.merged)
  }
  if (open.size > 0) await followPoints(read, taken, new Set(tips.map(({ tip }) => tip)))
  return taken
}

/** A crashed runner's last saves may have come in under the name of the next one: then its tip is behind these. */
async function followPoints(read: CommitReader, taken: Set<string>, tips: Set<string>): Promise<void> {
  let left = MAX_SAVES
  for (const point of taken) {
    if (tips.has(point)) continue
    let commit = await read(point)
    while (commit?.save && !tips.has(commit.oid) && left > 0) {
      left -= 1
      commit = await saveBefore(read, commit)
    }
    // Adding while iterating is fine: it is a tip, which is not followed.
    if (commit && tips.has(commit.oid)) taken.add(commit.oid)
  }
}
