import type { HistoryEntry, SaveSessions } from '@codenest/platform/protocol'
import {
  createEffect,
  createMemo,
  createSignal,
  on,
  onCleanup,
  untrack,
  type Accessor,
  type Signal,
} from 'solid-js'
import type { Api } from '../../kernel/api.ts'
import { createContextOf } from '../../kernel/context-of.ts'
import { createFileTexts } from '../../kernel/file-texts.ts'
import { createLoader } from '../../kernel/loader.ts'
import { createTimeline, type Timeline } from '../../kernel/timeline.ts'
import { createHistoryDiffs, type HistoryDiffs, type Point } from './history-diffs.ts'
import type { HistoryPlace } from './place.ts'
import { createSlider } from './slider.ts'

/** What changed between two points, as a list to look through. */
export interface Comparison {
  from: Point
  to: Point & { commit: string }
}

/** What a person has asked for, and is asked to confirm. */
export type Wish =
  | { what: 'restore'; entry: HistoryEntry; path: string | null }
  | { what: 'fork'; entry: HistoryEntry }

export interface HistoryModel {
  place: HistoryPlace
  diffs: HistoryDiffs
  /** The file or folder whose timeline it is; null: the workspace's. */
  scope: Accessor<string | null>
  setScope: (path: string | null) => void
  timeline: Accessor<Timeline>
  sessions: Accessor<SaveSessions | undefined>
  /** Sessions whose saves were never taken in, by id. */
  stray: Accessor<ReadonlySet<string>>
  /** One of two that are to be compared. */
  picked: Accessor<HistoryEntry | null>
  pick: (entry: HistoryEntry | null) => void
  comparison: Accessor<Comparison | null>
  compare: (comparison: Comparison | null) => void
  wish: Accessor<Wish | null>
  ask: (wish: Wish | null) => void
  /** The entry that the slider stands at. */
  shown: Accessor<string | null>
  /** Shows what a file was at an entry, with a slider through all that it has been. */
  slide: (path: string, entry: HistoryEntry) => void
  refresh: () => void
}

const NEWS_MILLISECONDS = 400

export const [HistoryProvider, useHistory] = createContextOf<HistoryModel>('History')

export function createHistoryModel(
  api: Api,
  place: HistoryPlace,
  [scope, setScope]: Signal<string | null>,
): HistoryModel {
  const { id } = place
  const texts = createFileTexts(api, id)
  const diffs = createHistoryDiffs(place, texts)
  const [picked, pick] = createSignal<HistoryEntry | null>(null)
  const [comparison, compare] = createSignal<Comparison | null>(null)
  const [wish, ask] = createSignal<Wish | null>(null)
  const sessions = createLoader(() => api.sessions(id))

  createEffect(
    on(
      scope,
      (path) => {
        pick(null)
        compare(null)
        place.onScope?.(path)
      },
      { defer: true },
    ),
  )
  const timeline = createMemo<Timeline>((before) => {
    before?.dispose()
    const path = scope() ?? undefined
    const next = createTimeline((cursor, signal) => api.history(id, { path, cursor }, signal))
    untrack(() => void next.more())
    return next
  })
  onCleanup(() => timeline().dispose())
  const refresh = () => {
    void timeline().refresh()
    sessions.reload()
  }
  // Autosave brings news every second while somebody types.
  let soon: ReturnType<typeof setTimeout> | undefined
  const refreshSoon = () => {
    clearTimeout(soon)
    soon = setTimeout(refresh, NEWS_MILLISECONDS)
  }
  onCleanup(() => clearTimeout(soon))
  createEffect(on(place.news, refreshSoon, { defer: true }))

  const [shown, setShown] = createSignal<string | null>(null)
  let slider: { path: string; timeline: Timeline; show: (entry: HistoryEntry) => void } | null = null
  const slide = (path: string, entry: HistoryEntry) => {
    const through = timeline()
    if (slider?.path !== path || slider.timeline !== through) {
      const onShow = ({ id: commit }: HistoryEntry) => setShown(commit)
      const onRestore = (asked: HistoryEntry) => ask({ what: 'restore', entry: asked, path })
      slider = {
        path,
        timeline: through,
        ...createSlider({ path, place, timeline: through, texts, diffs, onRestore, onShow }),
      }
    }
    slider.show(entry)
  }

  return {
    place,
    diffs,
    scope,
    setScope,
    timeline,
    sessions: sessions.data,
    stray: createMemo(() => {
      const some = sessions.data()?.sessions.filter((session) => session.stray)
      return new Set(some?.map((session) => session.id))
    }),
    picked,
    pick,
    comparison,
    compare,
    wish,
    ask,
    shown,
    slide,
    refresh,
  }
}
