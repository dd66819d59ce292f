export interface InputPiece {
  /** The page's own name for itself. */
  client: string
  /** Counts its pieces of input to this terminal, from 1. */
  number: number
}

/** Pages whose last piece is remembered; of more than these, nobody comes back. */
const LIMIT = 64

/**
 * Remembers which input was taken: a page whose connection broke cannot know what of its input arrived, sends all of it
 * again, and nothing is typed twice.
 */
export class InputLedger {
  readonly #taken = new Map<string, number>()

  /** False when the piece was taken before. */
  take({ client, number }: InputPiece): boolean {
    if (number <= (this.#taken.get(client) ?? 0)) return false
    this.#taken.delete(client)
    this.#taken.set(client, number)
    if (this.#taken.size > LIMIT) {
      const [oldest] = this.#taken.keys()
      if (oldest !== undefined) this.#taken.delete(oldest)
    }
    return true
  }
}
