import { createSignal, type Accessor } from 'solid-js'
import type { Documents } from './documents.ts'

/** One text of a comparison. `load` resolves to null when the file is not there; what it rejects with is shown. */
export interface DiffText {
  label: string
  load: (signal: AbortSignal) => Promise<string | null>
}

/** The document at the diff's path as it is edited now. */
export interface LiveText {
  label: string
  live: true
}

/** Runs one side of a diff through all that a file has been; each move opens the diff anew under the same id. */
export interface DiffSlider {
  /** From the oldest at 0 to the newest. */
  count: Accessor<number>
  position: Accessor<number>
  /** What stands there: when and what, and with all that is known of it. */
  label: Accessor<string>
  description: Accessor<string>
  /** There are older ones, which are loaded as they are come near. */
  hasOlder: Accessor<boolean>
  /** Beside what each one is laid. */
  against: Accessor<'now' | 'before'>
  move: (position: number) => void
  setAgainst: (against: 'now' | 'before') => void
  /** Offers to bring it back; null when it cannot be at the moment. */
  restore: Accessor<(() => void) | null>
}

export interface Diff {
  /** Opening an id again shows the new texts in the same tab. */
  id: string
  title: string
  /** Of the file; decides the language. */
  path: string
  original: DiffText
  modified: DiffText | LiveText
  slider?: DiffSlider
}

export interface Diffs {
  all: Accessor<Diff[]>
  /** Null while a file is shown. */
  active: Accessor<Diff | null>
  open: (diff: Diff) => void
  /** Shows a diff that is open. */
  show: (id: string) => void
  /** Shows the files again; the tab stays. */
  leave: () => void
  close: (id: string) => void
  /** True while a diff shows the live document: it must not be given up with its own tab. */
  holds: (path: string) => boolean
}

/** Comparisons that are open beside the files. They last as long as the page: what they load is not kept. */
export function createDiffs(documents: Documents, hasTab: (path: string) => boolean): Diffs {
  const [all, setAll] = createSignal<Diff[]>([])
  const [activeId, setActiveId] = createSignal<string | null>(null)
  const isLive = (diff: Diff) => 'live' in diff.modified
  const holds = (path: string) => all().some((diff) => diff.path === path && isLive(diff))
  const release = (diff: Diff) => {
    if (isLive(diff) && !holds(diff.path) && !hasTab(diff.path)) documents.close(diff.path)
  }

  return {
    all,
    active: () => all().find((diff) => diff.id === activeId()) ?? null,
    open: (diff) => {
      const index = all().findIndex((other) => other.id === diff.id)
      const before = all()[index]
      setAll((diffs) => (index < 0 ? [...diffs, diff] : diffs.with(index, diff)))
      setActiveId(diff.id)
      if (before) release(before)
    },
    show: setActiveId,
    leave: () => setActiveId(null),
    close: (id) => {
      const closed = all().find((diff) => diff.id === id)
      setAll((diffs) => diffs.filter((diff) => diff.id !== id))
      if (activeId() === id) setActiveId(null)
      if (closed) release(closed)
    },
    holds,
  }
}
