import type { ReplayPart } from '../protocol.ts'
import { Emulator } from './emulator.ts'
import { OutputRing } from './output-ring.ts'

/** Output kept as it came, in UTF-16 units. */
export const KEPT_OUTPUT = 256 * 1024

/** What prompts and compilers write: colours, moves of the cursor, modes, titles. None of it is a question. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const STATEMENTS = /\x1b(\[[0-9;]*[A-HJKm]|\[\?[0-9;]*[hl]|\][012];[^\x07\x1b]*\x07)/g

export interface Replay {
  /** True: `parts` make the whole screen out of an empty one. False: they continue at the asked offset. */
  reset: boolean
  parts: ReplayPart[]
  /** Offset after them. */
  offset: number
}

/**
 * Remembers what a terminal shows, for those who attach later. As long as all output since the beginning is kept, the
 * output itself is the snapshot. An emulator, which takes a megabyte and some of each core's time, comes into being only
 * when that ends, or when a program may ask something and nobody else is there to answer.
 */
export class Recorder {
  readonly #ring: OutputRing
  readonly #onAnswer: (data: string) => void
  #emulator: Emulator | null = null
  #cols: number
  #rows: number

  constructor(cols: number, rows: number, onAnswer: (data: string) => void) {
    this.#ring = new OutputRing(KEPT_OUTPUT, cols, rows)
    this.#onAnswer = onAnswer
    this.#cols = cols
    this.#rows = rows
  }

  get end(): number {
    return this.#ring.end
  }

  /** `unattended`: no page is there. */
  append(data: string, unattended: boolean): void {
    if (!this.#emulator && ((unattended && mayAsk(data)) || !this.#ring.holdsAllAfter(data.length)))
      this.#emulator = this.#emulate()
    this.#ring.append(data)
    this.#emulator?.write(data, unattended)
  }

  resize(cols: number, rows: number): void {
    this.#cols = cols
    this.#rows = rows
    this.#ring.resize(cols, rows)
    this.#emulator?.resize(cols, rows)
  }

  /** What came after `offset` if it is still kept, else what makes the screen. */
  replay(offset?: number): Replay {
    const { end } = this.#ring
    const rest = offset === undefined ? null : this.#ring.since(offset)
    if (rest) return { reset: false, parts: rest, offset: end }
    const all = this.#ring.holdsAllAfter(0) ? this.#ring.since(0) : null
    const parts = all ?? [{ cols: this.#cols, rows: this.#rows, data: this.#emulator?.snapshot() ?? '' }]
    return { reset: true, parts, offset: end }
  }

  dispose(): void {
    this.#emulator?.dispose()
  }

  #emulate(): Emulator {
    const parts = this.#ring.since(0) ?? []
    const emulator = new Emulator(this.#cols, this.#rows, this.#onAnswer)
    for (const { cols, rows, data } of parts) {
      emulator.resize(cols, rows)
      if (data !== '') emulator.write(data, false)
    }
    return emulator
  }
}

/** Whether there may be a question to the terminal in it, or a part of one. */
function mayAsk(data: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return /[\x1b\x80-\x9f]/.test(data.replaceAll(STATEMENTS, ''))
}
