import { setTimeout as delay } from 'node:timers/promises'

import { listRemoteRefs, SAVES_PREFIX } from '../git/ls-refs.ts'
import type { RemoteRefs } from '../git/ls-refs.ts'
import { ZERO_OID } from '../git/objects.ts'
import { pushRefs } from '../git/receive-pack.ts'
import type { PushReport, RefUpdate } from '../git/receive-pack.ts'
import { RemoteError } from '../git/remote.ts'
import type { Remote } from '../git/remote.ts'
import { GitError } from '../git/spawn.ts'
import type { Logger } from '../log.ts'
import type { Batch, Outbox } from './outbox.ts'
import { buildPack } from './push-pack.ts'
import type { SaveChain } from './save-chain.ts'
import type { ShadowObjects } from './shadow-objects.ts'
import type { UserRefs } from './user-refs.ts'

/** Pause after a failure, in milliseconds: doubled each time, and drawn at random from its upper half. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000

export interface PusherOptions {
  remote: Remote
  chain: SaveChain
  shadow: string
  objects: ShadowObjects
  outbox: Outbox
  userRefs: UserRefs
  /** Objects of waiting saves are gone from this disk: makes a new save of what is there, on top of `acknowledged`. */
  repair: (acknowledged: string | null) => Promise<void>
  /** Gives up what a save can be without, when the remote refuses objects; false when there was nothing of that. */
  lighten: (reason: string) => boolean
  log: Logger
  onChange: () => void
}

/** Carries the outbox and the user's refs to the remote: one push at a time, for ever, until it is disposed. */
export class Pusher {
  readonly #options: PusherOptions
  readonly #closed = new AbortController()
  #learned = false
  #acked: string | null = null
  /** Last saves of all sessions, as far as the remote told. */
  #remoteSaves: string[] = []
  /** Refs besides the save ref go along, unless the remote just refused one of them. */
  #alone = false
  #wanted = false
  #running: Promise<void> | null = null
  #wake = new AbortController()
  #hurried = false
  /** The remote has everything as of `durableAt`, in milliseconds since the epoch. */
  durableAt: number | null = null
  /** Why the last push failed, as a clause; null when it did not. */
  problem: string | null = null

  constructor(options: PusherOptions) {
    this.#options = options
  }

  /** Last commit that the remote acknowledged on the session's save ref. */
  get acknowledged(): string | null {
    return this.#acked
  }

  get busy(): boolean {
    return this.#running !== null
  }

  /** Takes over what the remote said during the clone, which saves asking again. */
  learn({ refs }: RemoteRefs): void {
    const { chain, outbox, userRefs } = this.#options
    this.#acked = refs.get(chain.ref) ?? null
    this.#remoteSaves = [...refs]
      .filter(([name]) => name.startsWith(SAVES_PREFIX))
      .map(([, commit]) => commit)
    // An earlier session may have pushed what it did not live to hear of.
    for (const commit of this.#remoteSaves) outbox.acknowledge(commit)
    userRefs.learn(refs)
    this.#learned = true
  }

  /** There is something to push, or may be. */
  kick(): void {
    this.#wanted = true
    if (this.#closed.signal.aborted) return
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      this.#options.onChange()
      if (this.#wanted) this.kick()
    })
  }

  /** Pushes without long pauses until the remote has everything. False when `signal` ends the attempts. */
  async drain(signal: AbortSignal): Promise<boolean> {
    this.#hurried = true
    this.#wake.abort()
    if (signal.aborted) this.dispose()
    signal.addEventListener('abort', () => this.dispose(), { once: true })
    this.kick()
    while (this.#running) await this.#running
    return !this.#closed.signal.aborted
  }

  dispose(): void {
    this.#closed.abort()
    this.#wake.abort()
  }

  async #run(): Promise<void> {
    let failures = 0
    while (this.#wanted && !this.#closed.signal.aborted) {
      this.#wanted = false
      try {
        await this.#pushAll()
        failures = 0
        this.problem = null
      } catch (error) {
        if (this.#closed.signal.aborted) return
        failures += 1
        this.#wanted = true
        await this.#recover(error, failures)
      }
    }
  }

  async #pushAll(): Promise<void> {
    if (!this.#learned) this.learn(await listRemoteRefs(this.#options.remote, this.#closed.signal))
    const { outbox, userRefs, chain } = this.#options
    const { ref } = chain
    const others = this.#alone ? [] : await userRefs.updates()
    const batch = outbox.batch()
    const save = batch && { ref, old: this.#acked ?? ZERO_OID, new: batch.tip }
    const updates = [...(save ? [save] : []), ...others]
    if (updates.length > 0) {
      const report = await this.#push(batch, updates).catch((error: unknown) => {
        if (!(error instanceof GitError) || others.length === 0) throw error
        return new Map(others.map(({ ref }): [string, string] => [ref, error.message]))
      })
      const reason = save && report.get(ref) !== null ? (report.get(ref) ?? 'no report') : null
      const refused = others.filter((update) => report.get(update.ref) !== null)
      if (refused.length > 0) {
        this.#setAside(refused, report)
        return
      }
      if (reason !== null) throw new RemoteError(`the remote refused the save (${reason})`)
      this.#acknowledge(batch, others)
    }
    if (this.#alone) {
      this.#alone = false
      this.#wanted = true
    }
  }

  async #push(batch: Batch | null, updates: RefUpdate[]): Promise<PushReport> {
    const { remote, shadow, objects, chain, userRefs } = this.#options
    const known = this.#acked ? [this.#acked] : []
    const remoteHas = new Set([...known, ...this.#remoteSaves, ...userRefs.known])
    const pack = await buildPack({
      shadow,
      objects,
      batch,
      updates,
      remoteHas,
      flush: () => chain.flush(),
      signal: this.#closed.signal,
    })
    return pushRefs(remote, updates, pack, this.#closed.signal)
  }

  #acknowledge(batch: Batch | null, others: RefUpdate[]): void {
    const { outbox, userRefs } = this.#options
    if (batch) {
      this.#acked = batch.tip
      outbox.acknowledge(batch.tip)
    }
    userRefs.acknowledge(others)
    this.durableAt = Date.now()
    this.problem = null
    this.#options.onChange()
  }

  /** An atomic push fails as a whole: the save goes again at once, alone, and the refused refs wait. */
  #setAside(refused: RefUpdate[], report: PushReport): void {
    const { log, userRefs } = this.#options
    const culprits = refused.filter(({ ref }) => !report.get(ref)?.startsWith('atomic'))
    const held = culprits.length > 0 ? culprits : refused
    log.warn({ refused: held.map(({ ref }) => [ref, report.get(ref)]) }, 'remote refused refs of the user')
    userRefs.refuse(held)
    this.#learned = false
    this.#alone = true
    this.#wanted = true
  }

  /** After a failure it is unknown whether the refs moved: the next attempt asks the remote first. */
  async #recover(error: unknown, failures: number): Promise<void> {
    const { remote, lighten, log, onChange } = this.#options
    this.#learned = false
    if (error instanceof RemoteError && error.unauthorized) {
      try {
        await remote.renew()
      } catch (cause) {
        log.warn({ err: cause }, 'could not renew the token')
      }
    }
    // The first retry is at once: a kept-alive connection that the other side just closed is no failure.
    if (failures === 1) return
    const refused = error instanceof RemoteError && error.objectsRefused && lighten(error.message)
    if (error instanceof GitError || refused) await this.#repair()
    this.problem = error instanceof RemoteError ? error.message : 'git could not pack the saves'
    log.warn({ err: error, failures }, 'push failed, trying again')
    onChange()
    await this.#pause(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 2), LONGEST_PAUSE_MS))
  }

  async #repair(): Promise<void> {
    const { repair, log } = this.#options
    try {
      await repair(this.#acked)
    } catch (error) {
      log.error({ err: error }, 'could not repair the chain of saves')
    }
  }

  async #pause(longest: number): Promise<void> {
    const pause = (this.#hurried ? FIRST_PAUSE_MS : longest) * (0.5 + Math.random() / 2)
    this.#wake = new AbortController()
    if (this.#closed.signal.aborted) return
    await delay(pause, undefined, { signal: this.#wake.signal }).catch(() => undefined)
  }
}
