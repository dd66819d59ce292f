import { createRequire } from 'node:module'

import type * as Unicode from '@xterm/addon-unicode11'
import type * as Xterm from '@xterm/headless'
import type { Terminal } from '@xterm/headless'

import type { ReplayPart } from '../src/protocol.ts'
import type { Page } from './workspace-fixture.ts'

const require = createRequire(import.meta.url)
const xterm = require('@xterm/headless') as typeof Xterm
const unicode = require('@xterm/addon-unicode11') as typeof Unicode

/** xterm as it is set up in the page. */
export function createXterm(cols = 80, rows = 24): Terminal {
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 5_000, allowProposedApi: true })
  terminal.loadAddon(new unicode.Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  return terminal
}

export interface ScreenOptions {
  cols?: number
  rows?: number
  client?: string
  offset?: number
  lead?: boolean
  /** Whether it says what it has drawn, as pages do. */
  acknowledges?: boolean
}

/** What a page does with a terminal, without a browser: a screen that is kept up to date by the runner. */
export interface Screen {
  terminal: Terminal
  /** All output since it was attached, and what it was brought first. */
  output: string
  /** How often it was brought a whole screen. */
  snapshots: number
  offset: number
  type(data: string): Promise<void>
  acknowledge(): Promise<void>
  /** Resolves when the visible lines pass. */
  until(check: (lines: string) => boolean): Promise<void>
  lines(): string
}

export async function attachScreen(page: Page, id: string, options: ScreenOptions = {}): Promise<Screen> {
  const { cols = 80, rows = 24, acknowledges = true } = options
  const terminal = createXterm(cols, rows)
  const waiting = new Set<() => void>()
  let unacknowledged = 0

  const write = (data: string): void => {
    screen.output += data
    unacknowledged += data.length
    terminal.write(data, () => {
      if (acknowledges) void screen.acknowledge()
      for (const look of waiting) look()
    })
  }
  const take = (parts: ReplayPart[]): void => {
    for (const { data, ...size } of parts) {
      terminal.write('', () => terminal.resize(size.cols, size.rows))
      write(data)
    }
  }
  const screen: Screen = {
    terminal,
    output: '',
    snapshots: 0,
    offset: 0,
    async type(data) {
      await page.ask('terminals.input', { id, data })
    },
    async acknowledge() {
      const chars = unacknowledged
      unacknowledged = 0
      if (chars > 0) await page.request('terminals.acknowledge', { id, chars })
    },
    until: (check) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!check(screen.lines())) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    lines() {
      const { active } = terminal.buffer
      const all = Array.from({ length: terminal.rows }, (_, y) =>
        active.getLine(active.baseY + y)?.translateToString(true),
      )
      return all.join('\n')
    },
  }

  page.socket.on('terminals.output', (output) => {
    if (output.id !== id) return
    if (output.offset - output.data.length !== screen.offset) throw new Error('output was missed')
    screen.offset = output.offset
    write(output.data)
  })
  page.socket.on('terminals.resized', (size) => {
    if (size.id === id) terminal.write('', () => terminal.resize(size.cols, size.rows))
  })
  page.socket.on('terminals.replayed', (replay) => {
    if (replay.info.id !== id) return
    if (replay.reset) screen.snapshots += 1
    if (replay.reset) write('\x1bc')
    screen.offset = replay.offset
    take(replay.parts)
  })
  const { client, offset, lead } = options
  // Within the answer itself: output that follows right behind it would overtake a promise.
  await new Promise<void>((attached, failed) => {
    page.socket.emit('terminals.attach', { id, cols, rows, client, offset, lead }, (reply) => {
      if (!reply.ok) {
        failed(new Error(reply.error.message))
        return
      }
      if (reply.value.reset) screen.snapshots += 1
      screen.offset = reply.value.offset
      take(reply.value.parts)
      attached()
    })
  })
  return screen
}

/** All that can be seen: characters, widths, colours and styles of each cell, and the cursor. */
export function cellsOf({ terminal }: Screen): string[] {
  const { active } = terminal.buffer
  const rows = Array.from({ length: terminal.rows }, (_, y) => {
    const line = active.getLine(active.baseY + y)
    return Array.from({ length: terminal.cols }, (_, x) => {
      const cell = line?.getCell(x)
      if (!cell) return ''
      const look = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()]
      return `${cell.getChars() || ' '}${cell.getWidth()},${look.join()},${cell.isBold()},${cell.isInverse()}`
    }).join('|')
  })
  return [`cursor ${active.cursorX},${active.cursorY} of ${active.type}`, ...rows]
}
