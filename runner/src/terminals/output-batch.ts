/** While output keeps coming it is sent this often, in milliseconds. */
const INTERVAL_MS = 5
/** And as soon as there is this much, in UTF-16 units, so that a page is never busy with one piece for long. */
const LARGE = 32 * 1024

/**
 * Puts output together into messages: a key's echo and what follows silence go at once, a flood in pieces that are large
 * enough to be cheap.
 */
export class OutputBatch {
  readonly #send: (data: string) => void
  #pieces: string[] = []
  #length = 0
  #timer: NodeJS.Timeout | null = null
  #sentAt = 0
  #echo = false

  constructor(send: (data: string) => void) {
    this.#send = send
  }

  /** Somebody pressed a key: what comes next is what they wait for. */
  expectEcho(): void {
    this.#echo = true
  }

  add(data: string): void {
    this.#pieces.push(data)
    this.#length += data.length
    if (this.#echo || this.#length >= LARGE) this.flush()
    else if (!this.#timer) {
      const wait = this.#sentAt + INTERVAL_MS - performance.now()
      if (wait <= 0) this.flush()
      else this.#timer = setTimeout(() => this.flush(), wait)
    }
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#length === 0) return
    const data = this.#pieces.length === 1 ? (this.#pieces[0] ?? '') : this.#pieces.join('')
    this.#pieces = []
    this.#length = 0
    this.#echo = false
    this.#sentAt = performance.now()
    this.#send(data)
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }
}
