/** A request as faults see it. */
export interface Asked {
  method: string
  path: string
  query: URLSearchParams
  isWatch: boolean
  userAgent: string
  body: unknown
}

/**
 * What goes wrong with a request. `refuse`: an answer of that status without carrying it out. `reset`: the
 * connection breaks. `stall`: no answer. `lose`: carried out, and then the connection breaks.
 */
export type Effect =
  | { kind: 'refuse'; status: number; retryAfterSeconds?: number; message?: string; reason?: string }
  | { kind: 'reset' }
  | { kind: 'stall' }
  | { kind: 'lose' }

interface Fault {
  effect: Effect
  matches: (asked: Asked) => boolean
  left: number
}

/** Faults that wait for requests. */
export class Faults {
  readonly #waiting = new Set<Fault>()

  /** The next `times` requests that match have this effect; dispose to end it before. */
  add(
    effect: Effect,
    { matches = () => true, times = 1 }: { matches?: (asked: Asked) => boolean; times?: number } = {},
  ): Disposable {
    const fault = { effect, matches, left: times }
    this.#waiting.add(fault)
    return { [Symbol.dispose]: () => this.#waiting.delete(fault) }
  }

  take(asked: Asked): Effect | null {
    for (const fault of this.#waiting) {
      if (!fault.matches(asked)) continue
      fault.left -= 1
      if (fault.left <= 0) this.#waiting.delete(fault)
      return fault.effect
    }
    return null
  }
}
