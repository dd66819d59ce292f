/** Milliseconds: time passes without an event, too, and some conditions are about time. */
const LOOK_AGAIN = 30_000

/** Who is told that something about a workspace has changed, and who waits for what comes of it. */
export class Changes {
  readonly #listeners = new Set<(id: string) => void>()
  readonly #closed: AbortSignal

  /** When `closed` aborts, nobody waits any more. */
  constructor(closed: AbortSignal) {
    this.#closed = closed
  }

  tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }

  subscribe(listener: (id: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) }
  }

  /**
   * Resolves when `done` says so, which is asked after every change of the workspace. Throws what it throws, and when
   * `signal` aborts.
   */
  async until(id: string, signal: AbortSignal, done: () => boolean | Promise<boolean>): Promise<void> {
    const any = AbortSignal.any([signal, this.#closed])
    let changed = Promise.withResolvers<void>()
    const wake = (): void => changed.resolve()
    using _subscription = this.subscribe((changed) => changed === id && wake())
    any.addEventListener('abort', wake, { once: true })
    const timer = setInterval(wake, LOOK_AGAIN)
    try {
      for (;;) {
        any.throwIfAborted()
        changed = Promise.withResolvers()
        if (await done()) return
        await changed.promise
      }
    } finally {
      clearInterval(timer)
      any.removeEventListener('abort', wake)
    }
  }
}
