/** Anything but text, tabs and line ends: it may change more than the lines that it is on. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/
/** Most that is held back, in UTF-16 units. */
const MOST_HELD = 512 * 1024

/**
 * Holds plain text back from an emulator as long as more may come: of a flood, only the lines that the emulator has
 * room for have to be parsed. What is on it in the end is the same.
 */
export class PlainTail {
  #held: { data: string; ends: number }[] = []
  #length = 0
  #ends = 0

  get isFull(): boolean {
    return this.#length > MOST_HELD
  }

  /** False when the text is not plain: what is held has to be taken first, and then comes this. */
  hold(data: string, lines: number): boolean {
    if (CONTROLS.test(data)) return false
    const ends = data.split('\r\n').length - 1
    this.#held.push({ data, ends })
    this.#length += data.length
    this.#ends += ends
    // The first piece that stays may begin within a line: that one is scrolled out as well.
    for (let first = this.#held[0]; first && this.#ends - first.ends > lines + 1; first = this.#held[0]) {
      this.#held.shift()
      this.#length -= first.data.length
      this.#ends -= first.ends
    }
    return true
  }

  /** What is held, which is forgotten. */
  take(): string {
    const data = this.#held.map((piece) => piece.data).join('')
    this.#held = []
    this.#length = 0
    this.#ends = 0
    return data
  }
}
