import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { WebglAddon } from '@xterm/addon-webgl'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { createFloodGate } from '../../../kernel/flood-gate.ts'
import type { TerminalScreen } from '../../../kernel/terminal-stream.ts'
import type { TerminalSize } from '../../../kernel/terminals.ts'
import { watchAnswers } from './answers.ts'
import { handleClipboardKey } from './clipboard.ts'
import { linkFiles, type FileLinks } from './file-links.ts'
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

export function createXtermScreen(on: XtermEvents, files: FileLinks): XtermScreen {
  const terminal = new Terminal({
    allowProposedApi: true,
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
  linkFiles(terminal, files)
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  const answers = watchAnswers(terminal)
  const isScrolling = watchScrollRegion(terminal)
  const gate = createFloodGate({
    write: (data, done) => terminal.write(data, done),
    lines: () =>
      terminal.buffer.active.type === 'normal' && isScrolling() ? SCROLLBACK_LINES + terminal.rows : null,
  })
  /** In the order of the output. */
  const inTurn = (act: () => void) => {
    gate.flush()
    terminal.write('', act)
  }
  terminal.onData((data) => (answers.isAnswering() ? on.answer(data) : on.input(data)))
  terminal.onBinary((data) => on.input(data))
  terminal.attachCustomKeyEventHandler((event) => handleClipboardKey(terminal, event))

  return {
    attach: (host) => {
      terminal.open(host)
      // WebGL paints no text that a test could read.
      if (!navigator.webdriver) useWebgl(terminal)
    },
    fittingSize: () => {
      const size = fit.proposeDimensions()
      // Neither is a number while nothing is laid out.
      return size && size.cols >= 2 && size.rows >= 1 ? size : null
    },
    focus: () => terminal.focus(),
    write: gate.write,
    // As output, so that it comes behind what was written before and is not parsed yet.
    clear: () => {
      gate.flush()
      terminal.write('\x1bc')
    },
    resize: ({ cols, rows }) => {
      inTurn(() => {
        if (cols !== terminal.cols || rows !== terminal.rows) terminal.resize(cols, rows)
      })
    },
    setReplaying: (replaying) => inTurn(() => answers.setMuted(replaying)),
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

/** Tells whether all of the screen scrolls: a program may have kept a part of it for itself. */
function watchScrollRegion(terminal: Terminal): () => boolean {
  let all = true
  terminal.parser.registerCsiHandler({ final: 'r' }, ([top, bottom]) => {
    all = Number(top || 1) === 1 && Number(bottom || terminal.rows) >= terminal.rows
    return false
  })
  const reset = () => {
    all = true
    return false
  }
  terminal.parser.registerEscHandler({ final: 'c' }, reset)
  terminal.parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset)
  return () => all
}

function useWebgl(terminal: Terminal): void {
  try {
    const webgl = new WebglAddon()
    webgl.onContextLoss(() => {
      webgl.dispose()
      terminal.options.cursorBlink = false
    })
    terminal.loadAddon(webgl)
    // Without WebGL it blinks by an animation: sixty frames a second, and between key and echo the browser waits for one.
    terminal.options.cursorBlink = true
  } catch {
    // No WebGL here: the DOM renderer stays.
  }
}
