import { setImmediate as turn } from 'node:timers/promises'

/** Work by key, each key once however often it is asked for; a key that fails is tried again a little later. */
export class WorkQueue implements Disposable {
  readonly #work: (key: string) => void
  readonly #retryAfter: number
  readonly #waiting = new Set<string>()
  readonly #retries = new Map<string, NodeJS.Timeout>()
  #running: Promise<void> | null = null
  #ended = false

  constructor(work: (key: string) => void, retryAfter: number) {
    this.#work = work
    this.#retryAfter = retryAfter
  }

  get isIdle(): boolean {
    return this.#running === null
  }

  add(key: string): void {
    if (this.#ended) return
    clearTimeout(this.#retries.get(key))
    this.#retries.delete(key)
    this.#waiting.add(key)
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
  }

  addLater(key: string, milliseconds = this.#retryAfter): void {
    if (this.#retries.has(key) || this.#ended) return
    this.#retries.set(
      key,
      setTimeout(() => this.add(key), milliseconds),
    )
  }

  [Symbol.dispose](): void {
    this.#ended = true
    this.#waiting.clear()
    for (const timer of this.#retries.values()) clearTimeout(timer)
  }

  /** Requests get their turn in between. */
  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      await turn()
      for (const key of [...this.#waiting].slice(0, 50)) {
        this.#waiting.delete(key)
        try {
          this.#work(key)
        } catch {
          this.addLater(key)
        }
      }
    }
  }
}
