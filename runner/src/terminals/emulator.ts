import { createRequire } from 'node:module'

import type * as Serialize from '@xterm/addon-serialize'
import type * as Unicode from '@xterm/addon-unicode11'
import type * as Xterm from '@xterm/headless'

import { modesOf } from './emulator-modes.ts'

/** Lines above the screen that a snapshot holds. */
export const SNAPSHOT_LINES = 1_000

// Most workspaces never need one: neither its code nor its memory is there before the first.
const require = createRequire(import.meta.url)

/** The screen of a terminal without a page: what xterm in a page shows, kept up to date in the runner. */
export class Emulator {
  readonly #terminal: Xterm.Terminal
  readonly #serializer: Serialize.SerializeAddon
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

  /** Takes output in at once. `answers`: nobody else is there to answer what programs ask. */
  write(data: string, answers: boolean): void {
    this.#answers = answers
    // What follows the user's input xterm parses at once and not in a later turn, which is what is wanted here always.
    this.#terminal.input('', true)
    this.#terminal.write(data)
    this.#answers = false
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows)
  }

  /** Output that brings an empty terminal of the same size to this screen. */
  snapshot(): string {
    // The screen behind an alternate one leaves its colours on.
    const screens = this.#serializer.serialize().replace('\x1b[?1049h', '\x1b[0m$&')
    return screens + modesOf(this.#terminal)
  }

  dispose(): void {
    this.#terminal.dispose()
  }
}
