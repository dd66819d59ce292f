import type { SavesStatus } from '@codenest/runner/protocol'
import { formatBytes } from './bytes.ts'

export interface SaveFacts {
  connected: boolean
  /** Files whose buffer differs from what was handed over. */
  dirty: number
  /** Files that changed on disk under unsaved edits. */
  conflicts: number
  /** Files that the runner refused to write. */
  refused: number
  /** This page's saves that are not known to be durable. */
  outstanding: number
  /** Null before the first snapshot. */
  saves: SavesStatus | null
}

export interface SaveStatus {
  state: 'saved' | 'saving' | 'failing' | 'unsaved'
  label: string
  /** More for those who ask; null when the label says it all. */
  detail: string | null
}

/** "Saved" is said only when nothing at all speaks against it. */
export function saveStatus(facts: SaveFacts): SaveStatus {
  const { connected, dirty, conflicts, refused, outstanding, saves } = facts
  if (conflicts > 0) {
    return {
      state: 'unsaved',
      label: 'Unsaved changes – changed on disk',
      detail: 'A file was changed on disk while you edited it. Open it and choose which version to keep.',
    }
  }
  if (refused > 0) {
    return {
      state: 'unsaved',
      label: 'Unsaved changes – could not be written',
      detail: 'A file could not be written. Open it to see why.',
    }
  }
  if (dirty > 0) {
    if (connected) return { state: 'unsaved', label: 'Unsaved changes', detail: null }
    return {
      state: 'unsaved',
      label: 'Unsaved changes – reconnecting',
      detail:
        'Your edits are kept in this page and are saved as soon as the workspace answers again. Keep it open.',
    }
  }
  if (saves?.state === 'failing') {
    const { queue } = saves
    if (queue.saves === 0)
      return { state: 'failing', label: 'Not yet durable – retrying', detail: saves.problem }
    const sizes = `${formatBytes(queue.bytes)} of at most ${formatBytes(queue.limit)}`
    const detail = `${saves.problem ?? ''} ${sizes} wait on its disk.`.trim()
    const label = `Not yet durable – ${queue.saves} waiting`
    return { state: 'failing', label, detail }
  }
  if (outstanding > 0 || saves?.state === 'saving') {
    return {
      state: 'saving',
      label: connected ? 'Saving…' : 'Saving – reconnecting',
      detail: 'On the workspace’s disk; on its way to the remote.',
    }
  }
  if (saves === null) return { state: 'saving', label: 'Connecting…', detail: null }
  const [left] = saves.notKept
  if (left) {
    const count = saves.notKept.length
    return {
      state: 'saved',
      label: `Saved · ${count} ${count === 1 ? 'file' : 'files'} not kept`,
      detail: `${left.path}: ${left.message}${count > 1 ? `; and ${count - 1} more` : ''}. Everything else is durable.`,
    }
  }
  return {
    state: 'saved',
    label: 'Saved',
    detail: saves.commit
      ? `Durable in the remote as commit ${saves.commit.slice(0, 10)}.`
      : 'Nothing has changed since the workspace was opened.',
  }
}
