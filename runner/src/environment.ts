import type { Remote, Trust } from './git/remote.ts'
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
  #trust: Trust
  #refreshing: Promise<void> | null = null

  /** `trusted`: what holds until the platform has told. */
  constructor(remote: Remote, mask: Mask, log: Logger, trusted: boolean) {
    this.#trust = { trusted, reviewed: trusted ? 'any' : null }
    this.#remote = remote
    this.#mask = mask
    this.#log = log
  }

  /** As they were last told. */
  get values(): Record<string, string> {
    return this.#values
  }

  /** The owner's word on the repository, as it was last told. */
  get trust(): Trust {
    return this.#trust
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
      const { variables, trust } = await this.#remote.askEnvironment(AbortSignal.timeout(PATIENCE_MS))
      this.#mask.hide(Object.values(variables))
      this.#values = variables
      if (trust) this.#trust = trust
    } catch (error) {
      this.#log.warn({ err: error }, 'the variables of the workspace could not be asked for')
    }
  }
}
