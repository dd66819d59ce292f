import type { Remote } from './git/remote.ts'
import type { Logger } from './log.ts'
import type { Mask } from './mask.ts'

/** Milliseconds that somebody who opens a terminal waits for the platform. */
const PATIENCE_MS = 2_000

/**
 * Variables that the owner of the workspace keeps at the platform. They are asked for before each process that is to
 * have them, so that a changed value reaches the next terminal, and are on no disk.
 */
export class Environment {
  readonly #remote: Remote
  readonly #mask: Mask
  readonly #log: Logger
  #values: Record<string, string> = {}
  #refreshing: Promise<void> | null = null

  constructor(remote: Remote, mask: Mask, log: Logger) {
    this.#remote = remote
    this.#mask = mask
    this.#log = log
  }

  /** As they were last told. */
  get values(): Record<string, string> {
    return this.#values
  }

  /** Asks what they are now; when that is not told in time the last ones stay. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    try {
      const values = await this.#remote.askEnvironment(AbortSignal.timeout(PATIENCE_MS))
      this.#mask.hide(Object.values(values))
      this.#values = values
    } catch (error) {
      this.#log.warn({ err: error }, 'the variables of the workspace could not be asked for')
    }
  }
}
