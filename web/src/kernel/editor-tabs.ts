import { createEffect, createSignal, onCleanup, type Accessor } from 'solid-js'
import type { Documents } from './documents.ts'
import type { Readiness } from './readiness.ts'
import { readStored, writeStored } from './storage.ts'
import * as ops from './tabs.ts'

export interface EditorTabs {
  state: Accessor<ops.TabsState>
  active: Accessor<string | null>
  /** Shows a file; `pin` keeps its tab. */
  open: (path: string, pin?: boolean) => void
  /** Shows a file for good; settles when its text is there. */
  openToEdit: (path: string) => Promise<void>
  pin: (path: string) => void
  /** False when the file needs a decision first. */
  close: (path: string) => boolean
  /** The tab at `step` from the active one, going round. */
  cycle: (step: number) => void
  /** After a rename on disk. */
  moved: (from: string, to: string) => void
  /** After a deletion on disk. */
  removed: (path: string) => void
}

/** The open editors, kept per workspace over reloads. Only the active one is loaded until another is asked for. */
export function createEditorTabs(
  workspace: string,
  documents: Documents,
  readiness: Readiness,
  diffs: { leave: () => void; holds: (path: string) => boolean },
): EditorTabs {
  const key = `codenest.tabs.${workspace}`
  const [state, setState] = createSignal<ops.TabsState>(readStored(key, ops.isTabsState) ?? ops.noTabs)
  createEffect(() => writeStored(key, state()))

  const load = async () => {
    const path = state().active
    if (path !== null && readiness.isReady()) await documents.open(path)
  }
  onCleanup(readiness.onReady(() => void load()))

  /** Applies a change; leaving a file saves it, a file whose tab is gone is given up. */
  const apply = (next: ops.TabsState) => {
    const before = state()
    if (before.active !== null && before.active !== next.active) void documents.save(before.active)
    for (const tab of before.tabs) {
      const isGone = !next.tabs.some((other) => other.path === tab.path)
      if (isGone && !diffs.holds(tab.path)) documents.close(tab.path)
    }
    setState(next)
    return load()
  }

  const show = (path: string, pin: boolean) => {
    diffs.leave()
    return apply(ops.openTab(state(), path, pin))
  }

  return {
    state,
    active: () => state().active,
    open: (path, pin = false) => void show(path, pin),
    openToEdit: (path) => show(path, true),
    pin: (path) => setState((before) => ops.pinTab(before, path)),
    close: (path) => {
      const view = documents.views[path]
      if (view?.phase === 'open' && (view.status === 'conflict' || view.status === 'refused')) {
        void show(path, true)
        return false
      }
      void apply(ops.closeTab(state(), path))
      return true
    },
    cycle: (step) => {
      const { tabs, active } = state()
      const index = tabs.findIndex((tab) => tab.path === active)
      const next = tabs.at((index + step) % tabs.length)
      if (next) void show(next.path, false)
    },
    moved: (from, to) => {
      documents.moved(from, to)
      setState((before) => ops.moveTabs(before, from, to))
    },
    removed: (path) => {
      documents.discard(path)
      void apply(ops.closeInside(state(), path))
    },
  }
}
