import { toEpoch } from './epoch.ts'
import type { Activity, IdleSettings, IdleStatus } from './protocol.ts'

const MINUTE = 60_000
/** How often programs are looked at, in milliseconds. */
const LOOK_MS = MINUTE
/** A page warns this long before; activity in that time is told at once. */
const WARNING_MS = 2 * MINUTE

export interface IdleOptions {
  settings: IdleSettings
  /** How many pages are connected. */
  pages: () => number
  /** Name of a program that has been busy since the last look, null when there is none. */
  busyJob: () => Promise<string | null>
  isDurable: () => boolean
  onChange: () => void
  /** Asks for the stop; asked again after a minute when it rejects. */
  stop: () => Promise<void>
  onError: (error: unknown) => void
}

/**
 * The one rule by which an unused workspace stops: so long after the last activity, sooner when no page is open, not
 * before the time that was asked for, and never while a save is not durable. Times inside are of a clock that never
 * jumps.
 */
export class Idle implements Disposable {
  readonly #options: IdleOptions
  readonly #focused = new Set<string>()
  #settings: IdleSettings
  #last: { activity: Activity; at: number } = { activity: 'start', at: performance.now() }
  #job: string | null = null
  #stopsAt: number | null = null
  #timer: NodeJS.Timeout | null = null
  #isDisposed = false

  constructor(options: IdleOptions) {
    this.#options = options
    this.#settings = options.settings
  }

  start(): void {
    this.#arm()
  }

  get status(): IdleStatus {
    const { activity, at } = this.#last
    const keptBy = this.#keptBy()
    const stopsAt = this.#isHeld() ? null : toEpoch(this.#deadline())
    return { settings: this.#settings, last: { activity, at: toEpoch(at) }, keptBy, job: this.#job, stopsAt }
  }

  note(activity: Activity): void {
    this.#last = { activity, at: performance.now() }
    if (this.#stopsAt !== null && this.#stopsAt - performance.now() < WARNING_MS) this.#tell()
  }

  /** A page has come to the front, or has left it. */
  focus(viewer: string, focused: boolean): void {
    if (focused === this.#focused.has(viewer)) return
    if (focused) this.#focused.add(viewer)
    else this.#focused.delete(viewer)
    this.#last = { activity: 'page', at: performance.now() }
    this.#tell()
  }

  /** A page was closed, or its connection broke. */
  leave(viewer: string): void {
    this.focus(viewer, false)
    this.#tell()
  }

  configure(settings: IdleSettings): void {
    this.#settings = settings
    this.#tell()
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  #deadline(): number {
    return Math.max(this.#unused(), this.#askedFor())
  }

  #unused(): number {
    const { stopAfter, closedAfter } = this.#settings
    const open = (stopAfter ?? 0) * MINUTE
    return this.#last.at + (this.#options.pages() > 0 ? open : Math.min(open, closedAfter * MINUTE))
  }

  #askedFor(): number {
    const { keepUntil } = this.#settings
    return keepUntil === null ? -Infinity : keepUntil - Date.now() + performance.now()
  }

  #keptBy(): IdleStatus['keptBy'] {
    const deadline = this.#deadline()
    const now = performance.now()
    const reasons: Record<IdleStatus['keptBy'][number], boolean> = {
      never: this.#settings.stopAfter === null,
      page: this.#focused.size > 0,
      job: this.#job !== null,
      until: deadline > now && this.#askedFor() > this.#unused(),
      saves: deadline <= now && !this.#options.isDurable(),
    }
    const names = Object.keys(reasons) as IdleStatus['keptBy']
    return names.filter((name) => reasons[name])
  }

  /** Something keeps it of which nobody knows when it ends. */
  #isHeld(): boolean {
    return this.#keptBy().some((reason) => reason !== 'until')
  }

  async #look(): Promise<void> {
    this.#job = await this.#options.busyJob()
    if (this.#job !== null) this.#last = { activity: 'job', at: performance.now() }
    if (this.#focused.size > 0) this.#last = { activity: 'page', at: performance.now() }
    if (this.#isDisposed) return
    if (!this.#isHeld() && this.#deadline() <= performance.now()) await this.#options.stop()
  }

  #tell(): void {
    this.#arm()
    this.#options.onChange()
  }

  /** Looks again in a minute, or when the workspace may have to stop. */
  #arm(): void {
    if (this.#isDisposed) return
    const now = performance.now()
    this.#stopsAt = this.#isHeld() ? null : this.#deadline()
    const wait = this.#stopsAt === null ? LOOK_MS : Math.min(LOOK_MS, this.#stopsAt - now)
    if (this.#timer) clearTimeout(this.#timer)
    const look = (): void => {
      this.#look()
        .catch(this.#options.onError)
        .finally(() => this.#tell())
    }
    // One that is due already was asked for just now: not again at once.
    this.#timer = setTimeout(look, wait > 0 ? wait : LOOK_MS)
    this.#timer.unref()
  }
}
