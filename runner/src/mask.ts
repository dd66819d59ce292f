/** Characters; shorter values are in every other word, and a log without them could not be read. */
const SHORTEST = 5
/** Values that are known at most; the oldest are forgotten. */
const MOST = 10_000

/** Keeps secret values out of what is written: whoever learns one tells it to the mask, and logs ask the mask. */
export class Mask {
  readonly #values = new Set<string>()
  #pattern: RegExp | null = null

  /** Hides these values, each line of them, and both as JSON writes them. Those of less than 5 characters are not hidden. */
  hide(values: Iterable<string>): void {
    const before = this.#values.size
    for (const value of values)
      for (const part of new Set([value, ...value.split(/\r?\n/)]))
        for (const written of [part, JSON.stringify(part).slice(1, -1)])
          if (written.trim().length >= SHORTEST) this.#values.add(written.trim())
    for (const oldest of this.#values) {
      if (this.#values.size <= MOST) break
      this.#values.delete(oldest)
    }
    if (this.#values.size !== before) this.#pattern = null
  }

  apply(text: string): string {
    if (this.#values.size === 0) return text
    // One value may begin with another.
    this.#pattern ??= new RegExp(
      [...this.#values]
        .toSorted((a, b) => b.length - a.length)
        .map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`))
        .join('|'),
      'g',
    )
    return text.replace(this.#pattern, '***')
  }
}
