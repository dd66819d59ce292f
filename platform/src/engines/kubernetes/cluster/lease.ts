import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { z } from 'zod'
import { jittered } from './back-off.ts'
import { isClusterError } from './errors.ts'
import type { KubeObject, Target } from './objects.ts'
import type { LeaseTuning } from './tuning.ts'

/** What the election does with the Lease. */
export interface LeaseObjects {
  get(target: Target, options: { signal: AbortSignal }): Promise<KubeObject | null>
  create(manifest: KubeObject, options: { signal: AbortSignal }): Promise<KubeObject>
  patch(
    target: Target,
    change: { type: 'merge'; value: unknown },
    options: { signal: AbortSignal },
  ): Promise<KubeObject>
}

export interface LeaseOptions {
  namespace: string
  name: string
  /** Different for every process, also for two in a row of the same pod. */
  identity: string
  /**
   * The work of the leader. `signal` aborts before anybody else can lead, and the work has to end then; the lease is
   * given up when it has. What it throws is logged, and this candidate stands again.
   */
  onLeading: (signal: AbortSignal, leadership: Leadership) => Promise<void>
  /** Ends the candidacy, and a leadership. */
  signal: AbortSignal
}

export interface Leadership {
  /** Grows with every leader: whoever has a smaller one has been replaced. */
  readonly term: number
  /** By the clock, now: false also when this process was paused and its timers are late. */
  readonly isHeld: () => boolean
}

/** What everyone reads of a Lease. Its times are those of its holder's clock, and are not believed. */
const Spec = z.looseObject({
  holderIdentity: z.string().nullish(),
  leaseDurationSeconds: z.number().nullish(),
  leaseTransitions: z.number().nullish(),
  renewTime: z.string().nullish(),
})

interface Observed {
  resourceVersion: string
  holder: string
  /** Milliseconds. */
  duration: number
  term: number
  /** When this process saw the lease change for the last time, by its own monotonic clock. */
  at: number
}

/** A candidate for a Lease: stands until its signal ends it. */
export class Election {
  readonly #options: LeaseOptions
  readonly #objects: LeaseObjects
  readonly #tuning: LeaseTuning
  readonly #log: Logger
  readonly #target: Target
  #seen: Observed | null = null

  constructor(options: LeaseOptions, objects: LeaseObjects, tuning: LeaseTuning, log: Logger) {
    this.#options = options
    this.#objects = objects
    this.#tuning = tuning
    this.#log = log.child({ lease: options.name, identity: options.identity })
    const { namespace, name } = options
    this.#target = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name }
  }

  /** Resolves when the candidacy has ended and nothing is held any more. */
  async run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted)
      try {
        const asked = performance.now()
        const patience = AbortSignal.timeout(this.#tuning.renewDeadline)
        if (await this.#acquire(AbortSignal.any([signal, patience]))) await this.#lead(asked)
        await delay(jittered(this.#tuning.retry), undefined, { signal })
      } catch (error) {
        if (signal.aborted) return
        this.#log.warn({ err: error }, 'the lease could not be looked at')
        await delay(jittered(this.#tuning.retry), undefined, { signal }).catch(() => {})
      }
  }

  /** True when the lease is this candidate's. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const found = await this.#objects.get(this.#target, { signal })
    if (!found) return this.#attempt(() => this.#create(signal))
    const seen = this.#observe(found)
    const isFree = seen.holder === '' || performance.now() - seen.at > seen.duration
    if (!isFree && seen.holder !== this.#options.identity) return false
    return this.#attempt(() => this.#write(seen, seen.term + 1, signal))
  }

  /** Whoever is slower is told so by a conflict. */
  async #attempt(write: () => Promise<KubeObject>): Promise<boolean> {
    try {
      this.#observe(await write())
      return true
    } catch (error) {
      if (isClusterError(error, 'conflict')) return false
      throw error
    }
  }

  #observe(lease: KubeObject): Observed {
    const { resourceVersion = '' } = lease.metadata
    if (this.#seen?.resourceVersion === resourceVersion) return this.#seen
    const spec = Spec.parse(lease['spec'] ?? {})
    this.#seen = {
      resourceVersion,
      holder: spec.holderIdentity ?? '',
      duration: (spec.leaseDurationSeconds ?? this.#tuning.duration / 1000) * 1000,
      term: spec.leaseTransitions ?? 0,
      at: performance.now(),
    }
    return this.#seen
  }

  /** `renewed`: when the write that took the lease was sent, or earlier: others count from a later moment. */
  async #lead(renewed: number): Promise<void> {
    const { signal, onLeading } = this.#options
    const term = this.#seen?.term ?? 0
    const { renewDeadline, retry } = this.#tuning
    const lost = new AbortController()
    const ended = new AbortController()
    let until = renewed + renewDeadline
    const expire = (): void => lost.abort(new Error('the lease could not be renewed in time'))
    // After a pause this may be asked before the timer has its turn.
    const isHeld = (): boolean => {
      if (performance.now() >= until) expire()
      return !lost.signal.aborted
    }
    let timer = setTimeout(expire, until - performance.now())
    const work = this.#work(() =>
      onLeading(AbortSignal.any([signal, lost.signal]), { term, isHeld }),
    ).finally(() => ended.abort())
    // Renewed until the work has ended, also after it was told to end: until then nobody else may begin.
    while (!ended.signal.aborted && isHeld()) {
      await delay(jittered(retry), undefined, { signal: ended.signal }).catch(() => {})
      if (ended.signal.aborted || !isHeld()) break
      const asked = performance.now()
      // One request without an answer must leave time for another.
      const patience = AbortSignal.timeout(renewDeadline / 2)
      const outcome = await this.#renew(term, AbortSignal.any([lost.signal, patience]))
      if (outcome === 'taken') expire()
      if (outcome !== 'renewed' || !isHeld()) continue
      until = asked + renewDeadline
      clearTimeout(timer)
      timer = setTimeout(expire, until - performance.now())
    }
    if (!ended.signal.aborted) expire()
    await work
    clearTimeout(timer)
    if (isHeld()) await this.#release(term)
    else this.#log.warn('the lease was lost')
  }

  async #work(lead: () => Promise<void>): Promise<void> {
    try {
      await lead()
    } catch (error) {
      if (!this.#options.signal.aborted) this.#log.error({ err: error }, "the leader's work has failed")
    }
  }

  /** A lost answer leaves open whether the lease was renewed, so after a failure it is read. */
  async #renew(term: number, signal: AbortSignal): Promise<'renewed' | 'failed' | 'taken'> {
    try {
      const last = this.#seen
      if (last && (await this.#attempt(() => this.#write(last, term, signal)))) return 'renewed'
      const found = await this.#objects.get(this.#target, { signal })
      const seen = found && this.#observe(found)
      return seen?.holder === this.#options.identity && seen.term === term ? 'failed' : 'taken'
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease could not be renewed')
      return 'failed'
    }
  }

  async #release(term: number): Promise<void> {
    if (!this.#seen) return
    try {
      const signal = AbortSignal.timeout(this.#tuning.duration)
      await this.#patch(
        this.#seen,
        { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: term },
        signal,
      )
    } catch (error) {
      this.#log.info({ err: error }, 'the lease was not given back and ends by itself')
    }
  }

  #write(seen: Observed, term: number, signal: AbortSignal): Promise<KubeObject> {
    return this.#patch(seen, this.#spec(term, term !== seen.term), signal)
  }

  #patch(seen: Observed, spec: unknown, signal: AbortSignal): Promise<KubeObject> {
    const { resourceVersion } = seen
    return this.#objects.patch(
      this.#target,
      { type: 'merge', value: { metadata: { resourceVersion }, spec } },
      { signal },
    )
  }

  #create(signal: AbortSignal): Promise<KubeObject> {
    const { apiVersion, kind, namespace, name } = this.#target
    const metadata = { name, ...(namespace !== undefined && { namespace }) }
    const manifest: KubeObject = { apiVersion, kind, metadata, spec: this.#spec(1, true) }
    return this.#objects.create(manifest, { signal })
  }

  #spec(term: number, isNew: boolean): Record<string, unknown> {
    const now = new Date().toISOString().replace('Z', '000Z')
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#tuning.duration / 1000),
      leaseTransitions: term,
      renewTime: now,
      ...(isNew && { acquireTime: now }),
    }
  }
}
