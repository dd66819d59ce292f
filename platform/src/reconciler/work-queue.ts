const FIRST_RETRY = 1000
const LAST_RETRY = 60_000

/**
 * Keys to be worked on: each at most once at a time, and once more when it is added meanwhile. Work that throws is
 * repeated with a back-off of its own key, from a second to a minute.
 */
export class WorkQueue {
  readonly #work: (key: string) => Promise<void>
  readonly #concurrency: number
  readonly #waiting = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #failures = new Map<string, number>()
  readonly #retries = new Map<string, NodeJS.Timeout>()
  #closed = false

  constructor(concurrency: number, work: (key: string) => Promise<void>) {
    this.#concurrency = concurrency
    this.#work = work
  }

  add(key: string): void {
    if (this.#closed) return
    clearTimeout(this.#retries.get(key))
    this.#retries.delete(key)
    this.#waiting.add(key)
    this.#next()
  }

  /** Forgets failures of a key: the next retry is soon again. */
  forgive(key: string): void {
    this.#failures.delete(key)
  }

  /** Takes no more work; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
    for (const timer of this.#retries.values()) clearTimeout(timer)
    this.#retries.clear()
    await Promise.allSettled(this.#running.values())
  }

  #next(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#concurrency) return
      if (this.#running.has(key)) continue
      this.#waiting.delete(key)
      const running = this.#run(key).finally(() => {
        this.#running.delete(key)
        this.#next()
      })
      this.#running.set(key, running)
    }
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#work(key)
      this.#failures.delete(key)
    } catch {
      const failures = this.#failures.get(key) ?? 0
      this.#failures.set(key, failures + 1)
      if (this.#closed || this.#waiting.has(key)) return
      const wait = Math.min(FIRST_RETRY * 2 ** failures, LAST_RETRY)
      this.#retries.set(
        key,
        setTimeout(() => this.add(key), wait * (0.8 + 0.4 * Math.random())),
      )
    }
  }
}
