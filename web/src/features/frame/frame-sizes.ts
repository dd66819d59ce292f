import { createSignal, onCleanup, type Accessor } from 'solid-js'
import type { Layout } from '../../kernel/layout.ts'

export interface FrameSizes {
  sideBar: Accessor<number>
  preview: Accessor<number>
  panel: Accessor<number>
  maxSideBar: Accessor<number>
  maxPreview: Accessor<number>
  maxPanel: Accessor<number>
  observe: (frame: HTMLElement) => void
}

const EDITOR_WIDTH = 280
const EDITOR_HEIGHT = 120
const ACTIVITY_BAR = 45

/** The wished sizes, as far as the window has room for them; the wish is kept for a larger window. CSS pixels. */
export function createFrameSizes(layout: Layout): FrameSizes {
  const [width, setWidth] = createSignal(window.innerWidth)
  const [height, setHeight] = createSignal(window.innerHeight - 72)
  const { state } = layout
  const room = () => width() - ACTIVITY_BAR - EDITOR_WIDTH
  const maxSideBar = () => Math.max(160, Math.min(520, room() - (state.preview ? 220 : 0)))
  const sideBar = () => Math.min(state.sideBarWidth, maxSideBar())
  const maxPreview = () => Math.max(220, room() - (state.sideBar ? sideBar() : 0))
  const maxPanel = () => Math.max(90, height() - EDITOR_HEIGHT)

  return {
    sideBar,
    maxSideBar,
    maxPreview,
    maxPanel,
    preview: () => Math.min(state.previewWidth, maxPreview()),
    panel: () => Math.min(state.panelHeight, maxPanel()),
    observe: (frame) => {
      const observer = new ResizeObserver(([entry]) => {
        if (!entry) return
        setWidth(entry.contentRect.width)
        setHeight(entry.contentRect.height)
      })
      observer.observe(frame)
      onCleanup(() => observer.disconnect())
    },
  }
}
