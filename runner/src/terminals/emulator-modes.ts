import type { Terminal } from '@xterm/headless'

/** The parts of xterm's core that hold what neither its API nor its serializer tells. The versions are pinned. */
interface Core {
  buffer: { x: number; y: number; scrollTop: number; scrollBottom: number }
  coreService: {
    isCursorHidden: boolean
    decPrivateModes: { cursorStyle?: 'block' | 'underline' | 'bar'; cursorBlink?: boolean }
  }
  coreMouseService: { activeEncoding: string }
  _charsetService: { glevel: number; _charsets: (Record<string, string> | undefined)[] }
  _inputHandler: { _windowTitle: string; _parser: { currentState: number } }
}

/** Between two escape sequences. */
const GROUND = 0

const MOUSE_ENCODINGS: Record<string, string> = { SGR: '\x1b[?1006h', SGR_PIXELS: '\x1b[?1016h' }
const CURSOR_STYLES = { block: 1, underline: 3, bar: 5 }
/** Designates a character set as G0 to G3. */
const DESIGNATORS = ['(', ')', '*', '+']

/** Escape sequences for the state of a terminal that `SerializeAddon` leaves out; they go behind what it writes. */
export function modesOf(terminal: Terminal): string {
  const core = coreOf(terminal)
  const { buffer, coreService, coreMouseService, _charsetService: charsets } = core
  let modes = ''
  charsets._charsets.forEach((charset, level) => {
    // Line drawing is the only one that programs of today still choose.
    if (charset?.['q'] === '─') modes += `\x1b${DESIGNATORS[level]}0`
  })
  if (charsets.glevel === 1) modes += '\x0e'
  const hasRegion = hasScrollRegion(terminal)
  const { originMode } = terminal.modes
  if (hasRegion) modes += `\x1b[${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r`
  if (hasRegion || originMode) {
    // Both of them move the cursor.
    const row = buffer.y - (originMode ? buffer.scrollTop : 0) + 1
    modes += `\x1b[${row};${Math.min(buffer.x + 1, terminal.cols)}H`
  }
  modes += MOUSE_ENCODINGS[coreMouseService.activeEncoding] ?? ''
  const { cursorStyle, cursorBlink } = coreService.decPrivateModes
  if (cursorStyle) modes += `\x1b[${CURSOR_STYLES[cursorStyle] + (cursorBlink === true ? 0 : 1)} q`
  if (coreService.isCursorHidden) modes += '\x1b[?25l'
  const title = core._inputHandler._windowTitle
  if (title !== '') modes += `\x1b]2;${title}\x07`
  return modes
}

/** Only a part of the screen scrolls. */
export function hasScrollRegion(terminal: Terminal): boolean {
  const { scrollTop, scrollBottom } = coreOf(terminal).buffer
  return scrollTop !== 0 || scrollBottom !== terminal.rows - 1
}

/** What it was given last ends in the midst of an escape sequence. */
export function isWithinSequence(terminal: Terminal): boolean {
  return coreOf(terminal)._inputHandler._parser.currentState !== GROUND
}

function coreOf(terminal: Terminal): Core {
  return (terminal as unknown as { _core: Core })._core
}
