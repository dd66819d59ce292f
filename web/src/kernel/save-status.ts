import type { NotKept, SavesStatus } from '@codenest/runner/protocol'
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

/** Files that no save holds, and repositories in the workspace of which only the files are kept. */
export function notKept(saves: SavesStatus | null): { files: NotKept[]; repositories: NotKept[] } {
  const all = saves?.notKept ?? []
  return {
    files: all.filter(({ reason }) => reason !== 'repository'),
    repositories: all.filter(({ reason }) => reason === 'repository'),
  }
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
  const { files, repositories } = notKept(saves)
  const all = [...files, ...repositories]
  const [left] = all
  if (left) {
    const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`
    const what =
      files.length > 0
        ? `${counted(files.length, 'file', 'files')} not kept`
        : `${counted(repositories.length, 'repository', 'repositories')} kept in part`
    return {
      state: 'saved',
      label: `Saved · ${what}`,
      detail: `${left.path}: ${left.message}${all.length > 1 ? `; and ${all.length - 1} more` : ''}. Everything else is durable.`,
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
