import { createEffect } from 'solid-js'
import { createStore, type SetStoreFunction } from 'solid-js/store'
import { readStored, writeStored } from './storage.ts'

/** What the side bar shows. */
export type Side = 'explorer' | 'search' | 'sourceControl' | 'history' | 'ports'

/** How wide the preview shows the app. */
export type Device = 'full' | 'tablet' | 'phone'

/** Which pane a narrow screen shows. */
export type Pane = 'files' | 'editor' | 'terminal' | 'preview'

export interface LayoutState {
  sideBar: boolean
  side: Side
  sideBarWidth: number
  panel: boolean
  panelHeight: number
  preview: boolean
  previewWidth: number
  device: Device
  console: boolean
  consoleHeight: number
  pane: Pane
}

export const layoutDefaults: LayoutState = {
  sideBar: true,
  side: 'explorer',
  sideBarWidth: 244,
  panel: true,
  panelHeight: 240,
  preview: true,
  previewWidth: 440,
  device: 'full',
  console: false,
  consoleHeight: 220,
  pane: 'editor',
}

export interface Layout {
  /** This browser has not shown the workspace before. */
  isNew: boolean
  state: LayoutState
  set: SetStoreFunction<LayoutState>
}

/** Narrower windows start without the preview; a port that opens is announced there. CSS pixels. */
const PREVIEW_FROM = 1200

/** Sizes in CSS pixels and what is visible, kept per workspace. */
export function createLayout(workspace: string): Layout {
  const key = `codenest.layout.${workspace}`
  const stored = readStored(key, isPartialLayout)
  const [state, set] = createStore<LayoutState>({
    ...layoutDefaults,
    preview: window.innerWidth >= PREVIEW_FROM,
    ...stored,
  })
  createEffect(() => writeStored(key, { ...state }))
  return { isNew: stored === null, state, set }
}

function isPartialLayout(value: unknown): value is Partial<LayoutState> {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).every(
    ([key, entry]) =>
      key in layoutDefaults && typeof entry === typeof layoutDefaults[key as keyof LayoutState],
  )
}
