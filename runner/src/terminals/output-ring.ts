import type { ReplayPart } from '../protocol.ts'

/** The last output of a terminal, addressed by offsets in UTF-16 units since the terminal was made. */
export class OutputRing {
  readonly #capacity: number
  #text = ''
  #end = 0
  /** From where on the terminal had which size, oldest first. The first holds for everything that is kept before. */
  #sizes: { from: number; cols: number; rows: number }[]

  constructor(capacity: number, cols: number, rows: number) {
    this.#capacity = capacity
    this.#sizes = [{ from: 0, cols, rows }]
  }

  get end(): number {
    return this.#end
  }

  /** Whether all would still be kept after this many units more. */
  holdsAllAfter(length: number): boolean {
    return this.#end + length <= this.#capacity
  }

  append(data: string): void {
    this.#end += data.length
    this.#text += data
    // Cutting at twice the size keeps the cost of appending constant.
    if (this.#text.length > 2 * this.#capacity) this.#text = this.#kept()
    const begin = this.#end - this.#text.length
    while (this.#sizes[1] && this.#sizes[1].from <= begin) this.#sizes.shift()
  }

  resize(cols: number, rows: number): void {
    if (this.#sizes.at(-1)?.from === this.#end) this.#sizes.pop()
    this.#sizes.push({ from: this.#end, cols, rows })
  }

  /** The exact rest after `offset`, each part with the size that the terminal had; null when it is not kept any more. */
  since(offset: number): ReplayPart[] | null {
    const kept = this.#kept()
    const begin = this.#end - kept.length
    if (offset < begin || offset > this.#end) return null
    if (startsInsidePair(kept.slice(offset - begin))) return null
    const parts: ReplayPart[] = []
    this.#sizes.forEach(({ from, cols, rows }, index) => {
      const until = this.#sizes[index + 1]?.from ?? this.#end
      const isLast = index === this.#sizes.length - 1
      // The last one is told even without output: it is the size of now.
      if (until <= offset && !isLast) return
      const data = kept.slice(Math.max(from, offset) - begin, Math.max(until - begin, 0))
      parts.push({ cols, rows, data })
    })
    return parts
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
