export interface Replay {
  /** True: `data` is everything kept. False: it continues at the asked offset. */
  reset: boolean
  data: string
  /** Offset after `data`. */
  offset: number
}

/** The last output of a terminal, addressed by offsets in UTF-16 units since the terminal was made. */
export class OutputRing {
  readonly #capacity: number
  #text = ''
  #end = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get end(): number {
    return this.#end
  }

  append(data: string): void {
    this.#end += data.length
    this.#text += data
    // Cutting at twice the size keeps the cost of appending constant.
    if (this.#text.length > 2 * this.#capacity) this.#text = this.#kept()
  }

  /** The exact rest after `offset` if it is still kept, else everything. */
  replay(offset?: number): Replay {
    const kept = this.#kept()
    const missed = offset === undefined ? -1 : this.#end - offset
    if (missed < 0 || missed > kept.length) return { reset: true, data: kept, offset: this.#end }
    const data = missed === 0 ? '' : kept.slice(-missed)
    if (startsInsidePair(data)) return { reset: true, data: kept, offset: this.#end }
    return { reset: false, data, offset: this.#end }
  }

  #kept(): string {
    const kept = this.#text.slice(-this.#capacity)
    return startsInsidePair(kept) ? kept.slice(1) : kept
  }
}

function startsInsidePair(text: string): boolean {
  const unit = text.charCodeAt(0)
  return unit >= 0xdc00 && unit <= 0xdfff
}
