/** Runs asynchronous work one at a time, in the order in which it was asked for. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve()
  /** Work that waits or runs. */
  size = 0

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.size += 1
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => {})
    try {
      return await result
    } finally {
      this.size -= 1
    }
  }

  /** Resolves when all that was asked for so far has ended. */
  async idle(): Promise<void> {
    await this.#tail
  }
}
