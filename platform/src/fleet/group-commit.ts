/** Changes of one batch at most: a commit stays readable, and nobody waits for a thousand others. */
const MOST = 200

export interface Batched<T> {
  change: T
  /** It has failed by itself; the others of the batch go on. */
  fail: (error: unknown) => void
  isSettled: () => boolean
}

/** Collects changes while a commit is under way, and commits them together in the next one, in their order. */
export class GroupCommit<T> {
  readonly #commit: (batch: Batched<T>[]) => Promise<void>
  #waiting: (Batched<T> & { succeed: () => void })[] = []
  #isBusy = false

  constructor(commit: (batch: Batched<T>[]) => Promise<void>) {
    this.#commit = commit
  }

  /** Resolves when the commit that has it is durable. */
  add(change: T): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let settled = false
    this.#waiting.push({
      change,
      isSettled: () => settled,
      fail(error) {
        settled = true
        reject(error)
      },
      succeed() {
        settled = true
        resolve()
      },
    })
    void this.#drain()
    return promise
  }

  async #drain(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    // Whatever is asked for in this very moment belongs together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST)
      try {
        await this.#commit(batch)
        for (const each of batch) each.succeed()
      } catch (error) {
        for (const each of batch) each.fail(error)
      }
    }
    this.#isBusy = false
  }
}
