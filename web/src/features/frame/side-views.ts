import { lazy, type Component } from 'solid-js'
import type { Layout, Side } from '../../kernel/layout.ts'
import { IconBranch, IconFiles, IconHistory, IconPlug, IconSearch } from '../../ui/icons.ts'

export interface SideView {
  side: Side
  label: string
  keys?: string[]
  icon: typeof IconFiles
  /** Null for the explorer, which is always there: it owns commands. */
  view: Component | null
}

/** What the side bar can show, in the order of the activity bar. Views are fetched when they are first wanted. */
export const sideViews: SideView[] = [
  { side: 'explorer', label: 'Explorer', keys: ['Mod+Shift+E'], icon: IconFiles, view: null },
  {
    side: 'search',
    label: 'Search',
    keys: ['Mod+Shift+F'],
    icon: IconSearch,
    view: lazy(async () => ({ default: (await import('../search/search-view.tsx')).SearchView })),
  },
  {
    side: 'sourceControl',
    label: 'Source control',
    keys: ['Mod+Shift+G'],
    icon: IconBranch,
    view: lazy(async () => ({
      default: (await import('../source-control/source-control-view.tsx')).SourceControlView,
    })),
  },
  {
    side: 'history',
    label: 'History',
    keys: ['Mod+Shift+H'],
    icon: IconHistory,
    view: lazy(async () => ({ default: (await import('../history/history-view.tsx')).HistoryView })),
  },
  {
    side: 'ports',
    label: 'Ports',
    icon: IconPlug,
    view: lazy(async () => ({ default: (await import('../ports/ports-view.tsx')).PortsView })),
  },
]

/** The view that is chosen; the explorer when what was stored is not known any more. */
export function shownSide(layout: Layout): Side {
  return sideViews.find((view) => view.side === layout.state.side)?.side ?? 'explorer'
}

/** Brings a view to the front, on a narrow screen too. */
export function showSide(layout: Layout, side: Side): void {
  layout.set({ sideBar: true, side, pane: 'files' })
}

/** As a click on its icon: what is in front already goes away. */
export function toggleSide(layout: Layout, side: Side): void {
  if (layout.state.sideBar && shownSide(layout) === side) layout.set('sideBar', false)
  else showSide(layout, side)
}
