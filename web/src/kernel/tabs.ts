import { isInside, movedPath } from './paths.ts'

export interface Tab {
  path: string
  /** Shown in italics and replaced by the next file that is only looked at. */
  preview: boolean
}

export interface TabsState {
  tabs: Tab[]
  active: string | null
  /** Paths by last use, latest first. */
  recent: string[]
}

export const noTabs: TabsState = { tabs: [], active: null, recent: [] }

const RECENT_KEPT = 50

export function openTab(state: TabsState, path: string, pin: boolean): TabsState {
  const recent = [path, ...state.recent.filter((other) => other !== path)].slice(0, RECENT_KEPT)
  const existing = state.tabs.find((tab) => tab.path === path)
  if (existing) {
    const tabs = pin ? pinTab(state, path).tabs : state.tabs
    return { tabs, active: path, recent }
  }
  const tab = { path, preview: !pin }
  const replaced = state.tabs.findIndex((other) => other.preview)
  const tabs =
    replaced >= 0 && !pin ? state.tabs.with(replaced, tab) : insertAfter(state.tabs, state.active, tab)
  return { tabs, active: path, recent }
}

function insertAfter(tabs: Tab[], active: string | null, tab: Tab): Tab[] {
  const index = tabs.findIndex((other) => other.path === active)
  return index < 0 ? [...tabs, tab] : tabs.toSpliced(index + 1, 0, tab)
}

export function pinTab(state: TabsState, path: string): TabsState {
  const index = state.tabs.findIndex((tab) => tab.path === path && tab.preview)
  return index < 0 ? state : { ...state, tabs: state.tabs.with(index, { path, preview: false }) }
}

/** Closing the active tab goes back to the one used before it. */
export function closeTab(state: TabsState, path: string): TabsState {
  const tabs = state.tabs.filter((tab) => tab.path !== path)
  if (state.active !== path) return { ...state, tabs }
  const active =
    state.recent.find((other) => tabs.some((tab) => tab.path === other)) ?? tabs.at(-1)?.path ?? null
  return { ...state, tabs, active }
}

export function closeInside(state: TabsState, folder: string): TabsState {
  return state.tabs
    .filter((tab) => isInside(tab.path, folder))
    .reduce((result, tab) => closeTab(result, tab.path), state)
}

export function moveTabs(state: TabsState, from: string, to: string): TabsState {
  const move = (path: string) => movedPath(path, from, to)
  return {
    tabs: state.tabs.map((tab) => ({ ...tab, path: move(tab.path) })),
    active: state.active === null ? null : move(state.active),
    recent: state.recent.map(move),
  }
}

export function isTabsState(value: unknown): value is TabsState {
  if (typeof value !== 'object' || value === null) return false
  const { tabs, active, recent } = value as Partial<Record<keyof TabsState, unknown>>
  return (
    Array.isArray(tabs) &&
    tabs.every(
      (tab: unknown) => typeof tab === 'object' && tab !== null && 'path' in tab && 'preview' in tab,
    ) &&
    (active === null || typeof active === 'string') &&
    Array.isArray(recent) &&
    recent.every((path) => typeof path === 'string')
  )
}
