import type { HistoryEntry } from '@codenest/platform/protocol'
import { createSignal } from 'solid-js'
import type { Diff, DiffSlider } from '../../kernel/diffs.ts'
import type { FileTexts } from '../../kernel/file-texts.ts'
import type { Timeline } from '../../kernel/timeline.ts'
import type { HistoryDiffs } from './history-diffs.ts'
import type { HistoryPlace } from './place.ts'
import { exactTime, nameOf, shortTime } from './times.ts'

/** Older ones are loaded when there are no more than these left before the oldest that is known. */
const NEAR_END = 8
/** Neighbours on each side that are fetched ahead. */
const AHEAD = 3

interface SliderOptions {
  path: string
  place: HistoryPlace
  timeline: Timeline
  texts: FileTexts
  diffs: HistoryDiffs
  onRestore: (entry: HistoryEntry) => void
  onShow: (entry: HistoryEntry) => void
}

/** Runs a diff through the timeline of one file. Where it stands is an entry: newer ones may come meanwhile. */
export function createSlider(options: SliderOptions): { show: (entry: HistoryEntry) => void } {
  const { path, place, timeline, texts, diffs } = options
  const [at, setAt] = createSignal<string | null>(null)
  const [against, setAgainst] = createSignal<'now' | 'before'>('now')
  const index = () =>
    Math.max(
      timeline.entries().findIndex(({ id }) => id === at()),
      0,
    )
  const current = () => timeline.entries()[index()]
  const oldestFirst = () => timeline.entries().length - 1 - index()

  const open = () => {
    const entry = current()
    if (!entry) return
    const diff: Diff = against() === 'now' ? diffs.withNow(entry, path) : diffs.withBefore(entry, path)
    place.openDiff({ ...diff, slider })
    options.onShow(entry)
    const entries = timeline.entries()
    const near = entries.slice(Math.max(index() - AHEAD, 0), index() + AHEAD + 1)
    texts.prefetch(
      near.filter(({ id }) => id !== entry.id).map(({ id }) => id),
      path,
    )
    if (timeline.hasMore() && entries.length - index() <= NEAR_END) void timeline.more()
  }

  const slider: DiffSlider = {
    count: () => timeline.entries().length,
    position: oldestFirst,
    label: () => {
      const entry = current()
      return entry ? `${shortTime(entry.at)} · ${entry.message}` : ''
    },
    description: () => {
      const entry = current()
      return entry ? `${nameOf(entry)}, ${exactTime(entry.at)}, by ${entry.author}: ${entry.message}` : ''
    },
    hasOlder: timeline.hasMore,
    against,
    move: (position) => {
      const entries = timeline.entries()
      const entry = entries[entries.length - 1 - Math.min(Math.max(position, 0), entries.length - 1)]
      if (!entry || entry.id === at()) return
      setAt(entry.id)
      open()
    },
    setAgainst: (next) => {
      setAgainst(next)
      open()
    },
    restore: () => {
      const entry = current()
      return entry && place.locked() === null ? () => options.onRestore(entry) : null
    },
  }

  return {
    show: (entry) => {
      setAt(entry.id)
      open()
    },
  }
}
