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

/** A text that is only looked at, or a buffer that may be edited in the diff. */
export type DiffSide = { text: string } | { buffer: EngineBuffer }

export interface DiffView {
  /** Replaces what is shown; `path` decides the language. */
  show: (path: string, original: DiffSide, modified: DiffSide) => void
  /** Goes to a difference. */
  go: (where: 'next' | 'previous') => void
  /** Side by side as long as there is room, or always one text with what was removed in it. */
  setInline: (inline: boolean) => void
  dispose: () => void
}

/** The text editor as the page needs it. It is a service that borrows an element; Monaco stays behind it. */
export interface EditorEngine {
  createBuffer: (path: string, content: string, writable: boolean, onEdit: () => void) => EngineBuffer
  /** Puts the editor into an element; the result takes it out again. */
  attach: (host: HTMLElement) => () => void
  /** Shows a buffer with its own cursor and scroll position; null shows none. */
  show: (buffer: EngineBuffer | null) => void
  focus: () => void
  /** Selects something of the buffer that is shown and brings it into view; places count from 1, in UTF-16 units. */
  select: (place: { line: number; column: number; length: number }) => void
  onCursor: (listener: (cursor: CursorInfo) => void) => () => void
  onBufferInfo: (listener: (info: BufferInfo) => void) => () => void
  onBlur: (listener: () => void) => () => void
  /** A view of two texts in an element of its own. */
  createDiff: (host: HTMLElement) => DiffView
  /** Reads the colours of the page again. */
  applyTheme: (mode: 'light' | 'dark') => void
  /** Runs one of the editor's own actions. */
  act: (action: 'find' | 'gotoLine' | 'format' | 'toggleWrap') => void
}
