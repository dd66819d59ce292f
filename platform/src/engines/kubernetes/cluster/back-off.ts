import { setTimeout as delay } from 'node:timers/promises'

/** Pauses that double, each with a random part so that many who failed together do not return together. */
export class BackOff {
  readonly #first: number
  readonly #longest: number
  #failures = 0

  constructor({ first, longest }: { first: number; longest: number }) {
    this.#first = first
    this.#longest = longest
  }

  reset(): void {
    this.#failures = 0
  }

  /** Resolves after the next pause, which has `atLeast` so many milliseconds; rejects when aborted. */
  async pause(signal: AbortSignal, atLeast = 0): Promise<void> {
    const longest = Math.min(this.#longest, this.#first * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 16)
    await delay(atLeast + longest * (0.5 + Math.random() / 2), undefined, { signal })
  }
}

/** A number within 20 % of the given one. */
export function jittered(value: number): number {
  return value * (0.8 + Math.random() * 0.4)
}
