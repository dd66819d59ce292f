import type { Logger } from 'pino'
import { SerialQueue } from '../serial-queue.ts'
import { DAY, HOUR } from './clock.ts'
import { compact, MAX_PACKS } from './compaction.ts'
import { dropUnreachable, KEPT, purgeRetired, sweep } from './garbage.ts'
import type { Remotes } from './remotes.ts'

/**
 * Keeps repositories small and quick in the background: compaction as pushes come, by the platform that takes them, and
 * a look at everything once a day, by one. Each step is a compare-and-swap, so that two may meet.
 */
export class Maintenance implements AsyncDisposable {
  readonly #remotes: Remotes
  readonly #log: Logger
  readonly #letGo: ((id: string, signal: AbortSignal) => Promise<unknown>) | undefined
  readonly #isMine: () => boolean
  readonly #stopping = new AbortController()
  readonly #queue = new SerialQueue()
  readonly #queued = new Set<string>()
  readonly #subscription: Disposable
  readonly #timer: NodeJS.Timeout
  /** Heads in which nothing was found to drop, with all of their objects old enough to be dropped. */
  readonly #clean = new Map<string, number>()
  /** The first look is an hour after the start: a start has other work to do. */
  #lastLook = -Infinity

  /**
   * `letGo` removes the refs of a repository that nobody needs any more, before its garbage is looked at; `isMine` says
   * whether it is this platform that looks at everything.
   */
  constructor(
    remotes: Remotes,
    log: Logger,
    letGo?: (id: string, signal: AbortSignal) => Promise<unknown>,
    isMine: () => boolean = () => true,
  ) {
    this.#remotes = remotes
    this.#log = log
    this.#letGo = letGo
    this.#isMine = isMine
    this.#subscription = remotes.subscribe((id, { head }) => {
      if (head.packs.length > MAX_PACKS) this.#compactSoon(id)
    })
    this.#timer = setInterval(() => void this.#tick(), HOUR)
    this.#timer.unref()
  }

  /** One look at every repository and at all packs of the store. */
  async runOnce(): Promise<void> {
    const { signal } = this.#stopping
    for (const id of await this.#remotes.list(signal)) {
      signal.throwIfAborted()
      if (!this.#isMine()) return
      if (await purgeRetired(this.#remotes, id)) continue
      await this.#letGoOf(id, signal)
      await compact(this.#remotes, id, signal)
      await this.#collect(id, signal)
    }
    const swept = await sweep(this.#remotes, false, signal)
    if (swept.keys.length > 0)
      this.#log.info({ objects: swept.keys.length, bytes: swept.bytes }, 'garbage deleted')
  }

  /** Resolves when the compactions that are due have ended. */
  async idle(): Promise<void> {
    await this.#queue.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]()
    clearInterval(this.#timer)
    this.#stopping.abort()
    await this.#queue.idle()
  }

  /** What cannot be let go of is kept: that is no reason to leave everything else as it is. */
  async #letGoOf(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#letGo?.(id, signal)
    } catch (error) {
      signal.throwIfAborted()
      this.#log.error({ err: error, repository: id }, 'old refs of a repository are kept')
    }
  }

  async #collect(id: string, signal: AbortSignal): Promise<void> {
    const version = await this.#remotes.repository(id).head(signal)
    if (!version || this.#clean.get(id) === version.head.generation) return
    const dropped = await dropUnreachable(this.#remotes, id, signal)
    const allOld = version.head.packs.every(({ addedAt }) => this.#remotes.clock.now() - addedAt > KEPT)
    if (!dropped && allOld) this.#clean.set(id, version.head.generation)
  }

  #compactSoon(id: string): void {
    if (this.#queued.has(id)) return
    this.#queued.add(id)
    this.#enqueue(async () => {
      this.#queued.delete(id)
      await compact(this.#remotes, id, this.#stopping.signal)
    })
  }

  async #tick(): Promise<void> {
    const now = this.#remotes.clock.now()
    if (now - this.#lastLook < DAY || !this.#isMine()) return
    this.#lastLook = now
    this.#enqueue(() => this.runOnce())
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue.run(work).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted)
        this.#log.error({ err: error }, 'maintenance failed, it is tried again later')
    })
  }
}
