import type { ITheme } from '@xterm/xterm'
import { readColors } from '../../../kernel/colors.ts'

/** xterm's theme out of the page's tokens, as they are computed now. */
export function terminalTheme(): ITheme {
  const color = readColors({
    background: '--surface',
    foreground: '--text',
    cursor: '--accent',
    faint: '--faint',
    black: '--ansi-black',
    red: '--ansi-red',
    green: '--ansi-green',
    yellow: '--ansi-yellow',
    blue: '--ansi-blue',
    magenta: '--ansi-magenta',
    cyan: '--ansi-cyan',
    white: '--ansi-white',
    bright: '--ansi-bright',
  })
  const { black, red, green, yellow, blue, magenta, cyan, white } = color
  return {
    background: color.background,
    foreground: color.foreground,
    cursor: color.cursor,
    cursorAccent: color.background,
    selectionBackground: color.cursor + '44',
    scrollbarSliderBackground: color.faint + '38',
    scrollbarSliderHoverBackground: color.faint + '55',
    scrollbarSliderActiveBackground: color.faint + '77',
    overviewRulerBorder: '#00000000',
    black,
    red,
    green,
    yellow,
    blue,
    magenta,
    cyan,
    white,
    brightBlack: color.faint,
    brightRed: red,
    brightGreen: green,
    brightYellow: yellow,
    brightBlue: blue,
    brightMagenta: magenta,
    brightCyan: cyan,
    brightWhite: color.bright,
  }
}
