import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { messageOf } from '../../../errors.ts'
import { BackOff, jittered } from './back-off.ts'
import { errorOf, isClusterError } from './errors.ts'
import { listPages } from './list-pages.ts'
import type { Collection, KubeObject } from './objects.ts'
import { collectionPath } from './resources.ts'
import type { Transport } from './transport.ts'
import type { ClusterTuning } from './tuning.ts'
import { readEvents } from './watch-events.ts'
import type { WatchEvent } from './wire.ts'

/** An object that is there, or is there no more. An object made anew under its old name is told as both. */
export interface Change<T> {
  type: 'set' | 'deleted'
  name: string
  uid: string
  /** What it is now; for `deleted`, what it was. */
  value: T
}

export interface WatchOptions<T> extends Collection {
  namespace: string
  labelSelector?: string
  fieldSelector?: string
  /** All that is kept of an object. Changes that it does not show are not told. */
  project: (object: KubeObject) => T
  /**
   * Called in the order of the changes; what it throws is logged. `source`: what comes by a list may be the last of
   * several changes, of which the others are not told.
   */
  onChange?: (change: Change<T>, source: 'list' | 'watch') => void
  /** Called once, when everything that was there at the start has been told. */
  onSynced?: () => void
  /** Ends the watch. */
  signal: AbortSignal
}

/** How well a watch is; for metrics and readiness. */
export interface WatchHealth {
  /** Everything was listed at least once. */
  synced: boolean
  /** The server answers the watch at this moment. */
  connected: boolean
  /** Milliseconds since anything came: an event, a bookmark, a list. */
  idle: number
  objects: number
  lists: number
  /** Watches begun. */
  watches: number
  events: number
  /** Of the latest failure, until something has come again. */
  lastError: string | null
}

export interface Watched<T> {
  /** What is there, by name. */
  readonly items: ReadonlyMap<string, T>
  /** Resolves with `onSynced`; never when the watch is ended before. */
  readonly synced: Promise<void>
  health(): WatchHealth
}

interface Entry<T> {
  uid: string
  value: T
}

/**
 * What is in the cluster, kept up to date: a list, then a watch from there on, resumed where it ended; after anything
 * that could have cost an event the list is made anew, and what has gone in between is told.
 */
export class Watch<T> implements Watched<T> {
  readonly synced: Promise<void>
  readonly #options: WatchOptions<T>
  readonly #transport: Transport
  readonly #tuning: ClusterTuning
  readonly #log: Logger
  readonly #items = new Map<string, T>()
  readonly #entries = new Map<string, Entry<T>>()
  readonly #whenSynced = Promise.withResolvers<void>()
  readonly #backOff: BackOff
  readonly #counts = { lists: 0, watches: 0, events: 0 }
  #resourceVersion: string | null = null
  #relistAt = 0
  #isSynced = false
  #connected = false
  #lastActivity = performance.now()
  #lastError: string | null = null

  constructor(options: WatchOptions<T>, transport: Transport, tuning: ClusterTuning, log: Logger) {
    this.#options = options
    this.#transport = transport
    this.#tuning = tuning
    this.#log = log.child({ watch: options.kind, namespace: options.namespace })
    this.#backOff = new BackOff(tuning.pause)
    this.synced = this.#whenSynced.promise
  }

  get items(): ReadonlyMap<string, T> {
    return this.#items
  }

  health(): WatchHealth {
    return {
      synced: this.#isSynced,
      connected: this.#connected,
      idle: performance.now() - this.#lastActivity,
      objects: this.#items.size,
      ...this.#counts,
      lastError: this.#lastError,
    }
  }

  /** Resolves when the signal has ended it; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted)
      try {
        if (this.#resourceVersion === null || performance.now() >= this.#relistAt) await this.#list()
        const [events, began] = [this.#counts.events, performance.now()]
        await this.#watch()
        const isShort = performance.now() - began < this.#tuning.pause.longest
        // A server that ends watches at once must not be asked in a tight loop.
        if (isShort && this.#counts.events === events) await this.#backOff.pause(signal)
        else this.#backOff.reset()
      } catch (error) {
        if (signal.aborted) return
        this.#failed(error)
        const atLeast = isClusterError(error) ? (error.retryAfter ?? 0) : 0
        await this.#backOff.pause(signal, atLeast).catch(() => {})
      }
  }

  #failed(error: unknown): void {
    this.#lastError = messageOf(error)
    // A connection that broke has cost nothing: the server sends what came after this version.
    if (!isClusterError(error, 'unreachable', 'too_many_requests')) this.#resourceVersion = null
    const level = isClusterError(error, 'expired') ? 'info' : 'warn'
    this.#log[level]({ err: error }, 'a watch has failed and is begun again')
  }

  #alive(): void {
    this.#lastActivity = performance.now()
    this.#lastError = null
    this.#backOff.reset()
  }

  async #list(): Promise<void> {
    const listed = new Map<string, Entry<T>>()
    const keep = (objects: KubeObject[], isFirst: boolean): void => {
      if (isFirst) listed.clear()
      for (const object of objects) this.#read(object, (name, entry) => listed.set(name, entry))
    }
    const { signal } = this.#options
    const version = await listPages(this.#transport, this.#options, this.#tuning.page, keep, signal)
    this.#counts.lists += 1
    this.#alive()
    for (const [name, { uid }] of this.#entries) if (!listed.has(name)) this.#remove(name, uid, 'list')
    for (const [name, entry] of listed) this.#set(name, entry, 'list')
    this.#resourceVersion = version
    this.#relistAt = performance.now() + jittered(this.#tuning.relist)
    if (this.#isSynced) return
    this.#isSynced = true
    this.#whenSynced.resolve()
    this.#guard(() => this.#options.onSynced?.())
  }

  /** Resolves when the server has ended the watch, or nothing has come for too long. */
  async #watch(): Promise<void> {
    const { labelSelector, fieldSelector, signal } = this.#options
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#resourceVersion ?? undefined,
      timeoutSeconds: String(Math.max(1, Math.round(jittered(this.#tuning.watch) / 1000))),
      labelSelector,
      fieldSelector,
    }
    const silence = new AbortController()
    const either = AbortSignal.any([signal, silence.signal])
    // The head of the answer comes at once; only then may it be quiet.
    let timer = setTimeout(() => silence.abort(), this.#tuning.request)
    this.#counts.watches += 1
    try {
      const response = await this.#transport.stream(collectionPath(this.#options), query, either)
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), this.#tuning.silence)
      this.#connected = true
      for await (const event of readEvents(response)) {
        timer.refresh()
        this.#take(event)
      }
    } catch (error) {
      if (!silence.signal.aborted || signal.aborted) throw error
      this.#log.info('nothing has come from a watch for long, so it is begun again')
    } finally {
      this.#connected = false
      clearTimeout(timer)
    }
  }

  #take(event: WatchEvent): void {
    if (event.type === 'ERROR') throw errorOf(event.status.code ?? 500, event.status)
    this.#alive()
    this.#counts.events += 1
    if (event.type === 'BOOKMARK') {
      this.#resourceVersion = event.resourceVersion
      return
    }
    const { name, uid = '', resourceVersion } = event.object.metadata
    if (event.type === 'DELETED') this.#remove(name, uid, 'watch')
    else this.#read(event.object, (_, entry) => this.#set(name, entry, 'watch'))
    this.#resourceVersion = resourceVersion ?? this.#resourceVersion
  }

  /** An object that cannot be projected is left out: it must not cost the view of the others. */
  #read(object: KubeObject, use: (name: string, entry: Entry<T>) => void): void {
    const { name, uid = '' } = object.metadata
    this.#guard(() => use(name, { uid, value: this.#options.project(object) }))
  }

  #set(name: string, entry: Entry<T>, source: 'list' | 'watch'): void {
    const before = this.#entries.get(name)
    if (before?.uid === entry.uid && isDeepStrictEqual(before.value, entry.value)) return
    if (before && before.uid !== entry.uid) this.#remove(name, before.uid, source)
    this.#entries.set(name, entry)
    this.#items.set(name, entry.value)
    this.#tell({ type: 'set', name, uid: entry.uid, value: entry.value }, source)
  }

  #remove(name: string, uid: string, source: 'list' | 'watch'): void {
    const known = this.#entries.get(name)
    if (!known || known.uid !== uid) return
    this.#entries.delete(name)
    this.#items.delete(name)
    this.#tell({ type: 'deleted', name, uid, value: known.value }, source)
  }

  #tell(change: Change<T>, source: 'list' | 'watch'): void {
    this.#guard(() => this.#options.onChange?.(change, source))
  }

  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#log.error({ err: error }, 'whoever watches has failed over a change')
    }
  }
}
