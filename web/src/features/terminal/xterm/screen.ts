import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { WebglAddon } from '@xterm/addon-webgl'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import type { TerminalScreen } from '../../../kernel/terminal-stream.ts'
import type { TerminalSize } from '../../../kernel/terminals.ts'
import { watchAnswers } from './answers.ts'
import { terminalTheme } from './theme.ts'

export interface XtermScreen extends TerminalScreen {
  attach: (host: HTMLElement) => void
  /** The size that fills its element; null while that is not visible. */
  fittingSize: () => TerminalSize | null
  focus: () => void
  find: (text: string, forward: boolean) => boolean
  clearFind: () => void
  /** Drops everything but the line of the cursor. */
  wipe: () => void
  applyTheme: () => void
  dispose: () => void
}

const SCROLLBACK_LINES = 5_000

interface XtermEvents {
  /** The user typed, pasted or used the mouse. */
  input: (data: string) => void
  /** An answer to a program that asked the terminal something. */
  answer: (data: string) => void
}

export function createXtermScreen(on: XtermEvents): XtermScreen {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: true,
    cursorInactiveStyle: 'outline',
    drawBoldTextInBrightColors: false,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono').trim(),
    fontSize: 12.5,
    lineHeight: 1.25,
    macOptionIsMeta: true,
    minimumContrastRatio: 4.5,
    scrollback: SCROLLBACK_LINES,
    theme: terminalTheme(),
  })
  const fit = new FitAddon()
  const search = new SearchAddon()
  terminal.loadAddon(fit)
  terminal.loadAddon(search)
  terminal.loadAddon(
    new WebLinksAddon((_event, url) => void window.open(url, '_blank', 'noopener,noreferrer')),
  )
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  const answers = watchAnswers(terminal)
  terminal.onData((data) => (answers.isAnswering() ? on.answer(data) : on.input(data)))
  terminal.onBinary((data) => on.input(data))
  terminal.attachCustomKeyEventHandler((event) => handleClipboard(terminal, event))

  return {
    attach: (host) => {
      terminal.open(host)
      // WebGL paints no text that a test could read.
      if (!navigator.webdriver) useWebgl(terminal)
    },
    fittingSize: () => {
      const size = fit.proposeDimensions()
      if (!size || Number.isNaN(size.cols) || size.cols < 2 || size.rows < 1) return null
      return size
    },
    focus: () => terminal.focus(),
    write: (data, done) => terminal.write(data, done),
    // As output, so that it comes behind what was written before and is not parsed yet.
    clear: () => terminal.write('\x1bc'),
    resize: ({ cols, rows }) => {
      terminal.write('', () => {
        if (cols !== terminal.cols || rows !== terminal.rows) terminal.resize(cols, rows)
      })
    },
    setReplaying: (replaying) => terminal.write('', () => answers.setMuted(replaying)),
    find: (text, forward) =>
      forward ? search.findNext(text, { incremental: true }) : search.findPrevious(text),
    clearFind: () => search.clearDecorations(),
    wipe: () => terminal.clear(),
    applyTheme: () => {
      terminal.options.theme = terminalTheme()
    },
    dispose: () => terminal.dispose(),
  }
}

function useWebgl(terminal: Terminal): void {
  try {
    const webgl = new WebglAddon()
    webgl.onContextLoss(() => webgl.dispose())
    terminal.loadAddon(webgl)
  } catch {
    // No WebGL here: the DOM renderer stays.
  }
}

/** Ctrl+C copies when something is selected, else it interrupts; Ctrl+V pastes. False: xterm leaves the key alone. */
function handleClipboard(terminal: Terminal, event: KeyboardEvent): boolean {
  if (event.type !== 'keydown' || !event.ctrlKey || event.altKey || event.metaKey) return true
  const key = event.key.toLowerCase()
  if (key === 'v') return false
  if (key !== 'c' || !terminal.hasSelection()) return !(key === 'c' && event.shiftKey)
  void navigator.clipboard.writeText(terminal.getSelection())
  terminal.clearSelection()
  event.preventDefault()
  return false
}
