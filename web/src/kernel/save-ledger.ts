import type { SavesStatus } from '@codenest/runner/protocol'

/** Follows the ids of this page's saves from being sent to being durable in the remote. */
export interface SaveLedger {
  sent: (saveId: string, path: string) => void
  /** The runner has it on its disk. */
  accepted: (saveId: string) => void
  /** The runner refused it. */
  refused: (saveId: string) => void
  /** A status from the runner. Returns the paths whose saves may have died with an earlier runner session. */
  update: (status: SavesStatus) => string[]
  outstanding: () => number
}

interface Entry {
  path: string
  accepted: boolean
  /** The runner has named it as pending. */
  listed: boolean
}

/**
 * A save counts as durable when a status no longer lists it after the runner has shown that it has it: either
 * by its answer or by an earlier status. A status from before that proves nothing.
 */
export function createSaveLedger(): SaveLedger {
  const entries = new Map<string, Entry>()
  let ref: string | null = null

  return {
    sent: (saveId, path) => entries.set(saveId, { path, accepted: false, listed: false }),
    accepted: (saveId) => {
      const entry = entries.get(saveId)
      if (!entry) return
      entry.accepted = true
      // Earlier saves of the file whose answer was lost are overtaken by this one.
      for (const [id, other] of entries) {
        if (id !== saveId && other.path === entry.path && !other.accepted && !other.listed) entries.delete(id)
      }
    },
    refused: (saveId) => entries.delete(saveId),
    update: (status) => {
      // A new ref is a new runner session: what was not durable before may not have come along.
      if (ref !== null && status.ref !== ref) {
        const paths = [...new Set([...entries.values()].map((entry) => entry.path))]
        entries.clear()
        ref = status.ref
        return paths
      }
      ref = status.ref
      for (const [id, entry] of entries) {
        if (status.pending.includes(id)) entry.listed = true
        else if (entry.accepted || entry.listed) entries.delete(id)
      }
      return []
    },
    outstanding: () => entries.size,
  }
}
