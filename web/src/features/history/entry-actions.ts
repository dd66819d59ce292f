import type { HistoryEntry } from '@codenest/platform/protocol'
import type { Accessor } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { baseName } from '../../kernel/paths.ts'
import type { MenuEntry } from '../../ui/menu-entry.ts'
import { pointOf } from './history-diffs.ts'
import { useHistory, type HistoryModel } from './model.ts'

/** What can be done with a save or commit. */
export function createEntryActions(entry: Accessor<HistoryEntry>): Accessor<MenuEntry[]> {
  const { api, toasts } = useApp()
  const history = useHistory()
  const { place, scope, picked, pick, ask } = history
  const copy = () =>
    void navigator.clipboard
      .writeText(entry().id)
      .then(() => toasts.show({ tone: 'info', title: 'Copied the id of the commit' }))

  return () => {
    const path = scope() ?? place.file()
    const locked = place.locked() !== null
    const first = picked()
    const offered: (MenuEntry | null)[] = [
      ...(path === null ? [] : fileActions(history, entry(), path)),
      first && first.id !== entry().id
        ? { label: 'Compare with the picked one', run: () => comparePicked(history, first, entry()) }
        : { label: 'Pick for a comparison', run: () => pick(entry()), disabled: first !== null },
      {
        label: 'Restore the workspace…',
        separated: true,
        disabled: locked,
        run: () => ask({ what: 'restore', entry: entry(), path: null }),
      },
      { label: 'Fork the workspace here…', run: () => ask({ what: 'fork', entry: entry() }) },
      { label: 'Download as zip', href: api.archiveUrl(place.id, entry().id) },
      { label: 'Copy the commit id', separated: true, run: copy },
    ]
    return offered.filter((item) => item !== null)
  }
}

function fileActions(history: HistoryModel, entry: HistoryEntry, path: string): MenuEntry[] {
  const { place, diffs, ask } = history
  const name = baseName(path)
  return [
    { label: `Compare ${name} with now`, run: () => place.openDiff(diffs.withNow(entry, path)) },
    {
      label: `Compare ${name} with the one before`,
      run: () => place.openDiff(diffs.withBefore(entry, path)),
    },
    {
      label: `Restore ${name}…`,
      disabled: place.locked() !== null,
      run: () => ask({ what: 'restore', entry, path }),
    },
  ]
}

/** The older of the two is on the left, whichever was picked first. */
export function comparePicked(history: HistoryModel, one: HistoryEntry, other: HistoryEntry): void {
  const { diffs, place, scope, pick, compare, timeline } = history
  // By their places, for two may be of the same second.
  const placeOf = (entry: HistoryEntry) =>
    timeline()
      .entries()
      .findIndex(({ id }) => id === entry.id)
  const [older, newer] = placeOf(one) > placeOf(other) ? [one, other] : [other, one]
  pick(null)
  const path = scope()
  if (path === null || newer.file?.size === null) {
    compare({ from: pointOf(older), to: { ...pointOf(newer), commit: newer.id } })
    return
  }
  const original = diffs.text(pointOf(older), path)
  place.openDiff({ ...diffs.withBefore(newer, path), original })
}
