import type { Accessor } from 'solid-js'
import type { Diff, DiffText, LiveText } from '../../kernel/diffs.ts'

/** Where a history is looked at: beside the files of a running workspace, or on a page of its own. */
export interface HistoryPlace {
  /** The workspace's. */
  id: string
  name: Accessor<string>
  /** The file that is looked at; null when there is none. */
  file: Accessor<string | null>
  openDiff: (diff: Diff) => void
  /** What a file is now, to lay older texts beside it. */
  now: (path: string) => DiffText | LiveText
  /** Brings a file, a folder or (null) everything back to what it was, as a new save. */
  restore: (commit: string, path: string | null) => Promise<void>
  /** Why nothing can be restored at the moment; null when it can be. */
  locked: Accessor<string | null>
  /** Takes the saves of another session in; null where no workspace runs that could do it. */
  merge: Accessor<((commit: string, keep: 'merge' | 'mine') => Promise<{ conflicts: string[] }>) | null>
  /** Changes when there may be something new. */
  news: Accessor<unknown>
  /** Shows the timeline of a file; null shows that of the workspace. */
  onScope?: (path: string | null) => void
}
