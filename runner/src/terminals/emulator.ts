import { createRequire } from 'node:module'

import type * as Serialize from '@xterm/addon-serialize'
import type * as Unicode from '@xterm/addon-unicode11'
import type * as Xterm from '@xterm/headless'

import { hasScrollRegion, isWithinSequence, modesOf } from './emulator-modes.ts'
import { PlainTail } from './plain-tail.ts'

/** Lines above the screen that a snapshot holds. */
export const SNAPSHOT_LINES = 1_000

// Most workspaces never need one: neither its code nor its memory is there before the first.
const require = createRequire(import.meta.url)

/** The screen of a terminal without a page: what xterm in a page shows, kept up to date in the runner. */
export class Emulator {
  readonly #terminal: Xterm.Terminal
  readonly #serializer: Serialize.SerializeAddon
  readonly #tail = new PlainTail()
  #answers = false

  /** `onAnswer` hears what the emulator says to programs that ask ("where is the cursor?"). */
  constructor(cols: number, rows: number, onAnswer: (data: string) => void) {
    const xterm = require('@xterm/headless') as typeof Xterm
    const serialize = require('@xterm/addon-serialize') as typeof Serialize
    const unicode = require('@xterm/addon-unicode11') as typeof Unicode
    this.#terminal = new xterm.Terminal({ cols, rows, scrollback: SNAPSHOT_LINES, allowProposedApi: true })
    this.#serializer = new serialize.SerializeAddon()
    this.#terminal.loadAddon(this.#serializer)
    this.#terminal.loadAddon(new unicode.Unicode11Addon())
    // As in the page: otherwise the two disagree about the width of emoji.
    this.#terminal.unicode.activeVersion = '11'
    this.#terminal.onData((data) => {
      if (this.#answers && data !== '') onAnswer(data)
    })
  }

  /** Takes output in. `answers`: nobody else is there to answer what programs ask. */
  write(data: string, answers: boolean): void {
    if (this.#isPlain() && this.#tail.hold(data, SNAPSHOT_LINES + this.#terminal.rows)) {
      if (this.#tail.isFull) this.#parse(this.#tail.take())
      return
    }
    this.#catchUp()
    this.#answers = answers
    this.#parse(data)
    this.#answers = false
  }

  resize(cols: number, rows: number): void {
    this.#catchUp()
    this.#terminal.resize(cols, rows)
  }

  /** Output that brings an empty terminal of the same size to this screen. */
  snapshot(): string {
    this.#catchUp()
    // The screen behind an alternate one leaves its colours on.
    const screens = this.#serializer.serialize().replace('\x1b[?1049h', '\x1b[0m$&')
    return screens + modesOf(this.#terminal)
  }

  dispose(): void {
    this.#terminal.dispose()
  }

  /** Nothing but lines that scroll: no program draws on the screen. */
  #isPlain(): boolean {
    const terminal = this.#terminal
    return (
      terminal.buffer.active.type === 'normal' && !hasScrollRegion(terminal) && !isWithinSequence(terminal)
    )
  }

  #catchUp(): void {
    const data = this.#tail.take()
    if (data !== '') this.#parse(data)
  }

  #parse(data: string): void {
    // What follows the user's input xterm parses at once and not in a later turn, which is what is wanted here always.
    this.#terminal.input('', true)
    this.#terminal.write(data)
  }
}
