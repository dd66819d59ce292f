import type { HistoryEntry, HistoryPage } from '@codenest/platform/protocol'
import { createSignal, type Accessor } from 'solid-js'
import { messageOf } from './errors.ts'

export interface Timeline {
  /** Newest first, as far as they are loaded. */
  entries: Accessor<HistoryEntry[]>
  /** A request is under way. */
  loading: Accessor<boolean>
  /** False until the first answer. */
  loaded: Accessor<boolean>
  /** There are older ones than are loaded. */
  hasMore: Accessor<boolean>
  error: Accessor<string | null>
  /** Loads older ones; nothing happens while that is under way already. */
  more: () => Promise<void>
  /** Looks for newer ones. */
  refresh: () => Promise<void>
  dispose: () => void
}

/** One timeline, of a workspace or of one path in it, loaded page by page. */
export function createTimeline(
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<HistoryPage>,
): Timeline {
  const [entries, setEntries] = createSignal<HistoryEntry[]>([])
  const [loading, setLoading] = createSignal(false)
  const [loaded, setLoaded] = createSignal(false)
  const [cursor, setCursor] = createSignal<string | null>(null)
  const [error, setError] = createSignal<string | null>(null)
  const closed = new AbortController()
  const { signal } = closed

  let isStale = false

  const load = async (work: () => Promise<void>) => {
    if (loading() || signal.aborted) return
    setLoading(true)
    try {
      await work()
      setError(null)
      setLoaded(true)
    } catch (reason) {
      if (!signal.aborted) setError(messageOf(reason))
    } finally {
      setLoading(false)
      if (isStale) void refresh()
    }
  }
  const append = (page: HistoryPage) => {
    setCursor(page.next)
    setEntries((known) => {
      const seen = new Set(known.map(({ id }) => id))
      return [...known, ...page.entries.filter(({ id }) => !seen.has(id))]
    })
  }

  const refresh = () => {
    // What comes while a request is under way may not be in its answer.
    isStale = loading()
    return load(async () => {
      const page = await fetchPage(undefined, signal)
      const known = entries()
      const position = page.entries.findIndex(({ id }) => id === known[0]?.id)
      if (position >= 0) {
        setEntries([...page.entries.slice(0, position), ...known])
      } else {
        // So much is new that there may be a gap before what is known: it starts anew.
        setEntries(page.entries)
        setCursor(page.next)
      }
    })
  }

  return {
    entries,
    loading,
    loaded,
    hasMore: () => cursor() !== null,
    error,
    more: () =>
      load(async () => {
        if (loaded() && cursor() === null) return
        // A search for a path may come back with nothing, only to go on from further back.
        const before = entries().length
        do append(await fetchPage(cursor() ?? undefined, signal))
        while (entries().length === before && cursor() !== null)
      }),
    refresh,
    dispose: () => closed.abort(),
  }
}
