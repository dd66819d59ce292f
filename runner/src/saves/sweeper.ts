import { debounce } from '../debounce.ts'
import type { Debounced } from '../debounce.ts'
import type { Logger } from '../log.ts'

/** A sweep starts this long after the last change, and this long after the first at the latest, in milliseconds. */
const QUIET_MS = 500
const LIMIT_MS = 3_000
/** After a sweep that failed, in milliseconds: a full disk may have room again though no file changed. */
const AGAIN_MS = 5_000

/** When the work tree is swept: one sweep at a time, soon after changes, and again after one that failed. */
export class Sweeper {
  readonly #sweep: () => Promise<void>
  readonly #log: Logger
  readonly #soon: Debounced
  #sweeping: Promise<void> | null = null
  #retry: NodeJS.Timeout | null = null
  #closed = false

  constructor(sweep: () => Promise<void>, log: Logger) {
    this.#sweep = sweep
    this.#log = log
    this.#soon = debounce(() => void this.inBackground(), QUIET_MS, LIMIT_MS)
  }

  /** When it has been quiet for a moment. */
  soon(): void {
    this.#soon.schedule()
  }

  /** Saves what is on disk when this is called. Throws when the work tree cannot be read. */
  async now(): Promise<void> {
    this.#soon.cancel()
    while (this.#sweeping) await this.#sweeping.catch(() => undefined)
    this.#sweeping = this.#sweep().finally(() => {
      this.#sweeping = null
    })
    await this.#sweeping
  }

  /** Like `now`, but a failure only goes to the log, and is tried again. */
  async inBackground(): Promise<void> {
    try {
      await this.now()
    } catch (error) {
      if (this.#closed) return
      this.#log.error({ err: error }, 'sweep failed')
      this.#retry ??= setTimeout(() => {
        this.#retry = null
        this.#soon.schedule()
      }, AGAIN_MS)
    }
  }

  dispose(): void {
    this.#closed = true
    this.#soon.cancel()
    if (this.#retry) clearTimeout(this.#retry)
  }
}
