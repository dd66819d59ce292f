import type { TextBuffer } from './document.ts'

/** A buffer that an engine can show. */
export interface EngineBuffer extends TextBuffer {
  /** The file is called differently now: another language may apply. */
  moved: (path: string) => void
  dispose: () => void
}

export interface CursorInfo {
  line: number
  column: number
  /** Characters selected; 0 without a selection. */
  selected: number
}

export interface BufferInfo {
  language: string
  indentation: string
}

/** The text editor as the page needs it. It is a service that borrows an element; Monaco stays behind it. */
export interface EditorEngine {
  createBuffer: (path: string, content: string, writable: boolean, onEdit: () => void) => EngineBuffer
  /** Puts the editor into an element; the result takes it out again. */
  attach: (host: HTMLElement) => () => void
  /** Shows a buffer with its own cursor and scroll position; null shows none. */
  show: (buffer: EngineBuffer | null) => void
  focus: () => void
  onCursor: (listener: (cursor: CursorInfo) => void) => () => void
  onBufferInfo: (listener: (info: BufferInfo) => void) => () => void
  onBlur: (listener: () => void) => () => void
  /** Reads the colours of the page again. */
  applyTheme: (mode: 'light' | 'dark') => void
  /** Runs one of the editor's own actions. */
  act: (action: 'find' | 'gotoLine' | 'format' | 'toggleWrap') => void
}
