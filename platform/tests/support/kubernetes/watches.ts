import type { ServerResponse } from 'node:http'
import { ApiError } from './api-error.ts'
import { apiVersionOf } from './kinds.ts'
import type { Resource } from './kinds.ts'
import type { Stored } from './objects.ts'
import type { Matcher } from './selectors.ts'
import type { Store, StoreEvent } from './store.ts'

export interface WatchRequest {
  resource: Resource
  namespace: string | null
  matches: Matcher
  /** null or 0: what is there comes first. */
  resourceVersion: string | null
  bookmarks: boolean
  timeoutSeconds: number
}

interface Open extends WatchRequest {
  response: ServerResponse
  /** What happens is lost on the way. */
  silent: boolean
  timer: NodeJS.Timeout
}

/** All watches under way. */
export class Watches implements Disposable {
  readonly #store: Store
  readonly #open = new Set<Open>()
  readonly #lines = new WeakMap<Stored, Map<string, string>>()
  readonly #subscription: Disposable
  readonly #bookmarks: NodeJS.Timeout

  constructor(store: Store, bookmarkEvery: number) {
    this.#store = store
    this.#subscription = store.subscribe((event) => this.#tell(event))
    this.#bookmarks = setInterval(() => this.bookmark(), bookmarkEvery).unref()
  }

  get size(): number {
    return this.#open.size
  }

  begin(request: WatchRequest, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
    response.flushHeaders()
    const { timeoutSeconds } = request
    const timer = setTimeout(() => this.#end(watch), timeoutSeconds * 1000)
    const watch: Open = { ...request, response, silent: false, timer }
    this.#open.add(watch)
    response.on('close', () => {
      clearTimeout(timer)
      this.#open.delete(watch)
    })
    const version = Number(request.resourceVersion ?? '0')
    try {
      if (version === 0)
        for (const object of this.#store.list(request.resource, request.namespace)) {
          if (request.matches(object)) this.#send(watch, 'ADDED', object)
        }
      else for (const event of this.#store.since(version)) this.#offer(watch, event)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      response.end(`${JSON.stringify({ type: 'ERROR', object: error.toStatus() })}\n`)
    }
  }

  /** Breaks the connections of all watches. */
  drop(): void {
    for (const { response } of this.#open) response.destroy()
  }

  /** Breaks them within a line. */
  tear(): void {
    for (const watch of this.#open) {
      watch.silent = true
      const { response } = watch
      response.write('{"type":"MODIFIED","object":{"metadata":{"na', () => response.destroy())
    }
  }

  /** From now on nothing comes from the watches that are open, and they stay open. */
  stall(): void {
    for (const watch of this.#open) {
      watch.silent = true
      clearTimeout(watch.timer)
    }
  }

  /** Tells all watches that what they ask for is no longer known, and ends them. */
  expire(): void {
    const status = new ApiError(410, 'Expired', 'too old resource version').toStatus()
    for (const { response } of this.#open)
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
  }

  /** Sends one to every watch that wants them. */
  bookmark(): void {
    for (const watch of this.#open) if (!watch.silent) this.#bookmark(watch)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#bookmarks)
    this.#subscription[Symbol.dispose]()
    for (const { timer } of this.#open) clearTimeout(timer)
    this.drop()
  }

  #end(watch: Open): void {
    this.#bookmark(watch)
    watch.response.end()
  }

  #bookmark({ bookmarks, resource, response }: Open): void {
    if (!bookmarks) return
    const metadata = { resourceVersion: String(this.#store.version), creationTimestamp: null }
    const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata }
    response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
  }

  #tell(event: StoreEvent): void {
    for (const watch of this.#open) if (!watch.silent) this.#offer(watch, event)
  }

  /** An object that no longer is what a watch selects is deleted, as far as that watch is concerned. */
  #offer(watch: Open, { type, resource, object, before }: StoreEvent): void {
    if (watch.resource !== resource) return
    if (watch.namespace !== null && object.metadata.namespace !== watch.namespace) return
    const is = type !== 'DELETED' && watch.matches(object)
    const was = before !== null && watch.matches(before)
    if (is) this.#send(watch, was ? 'MODIFIED' : 'ADDED', object)
    else if (was)
      this.#send(watch, 'DELETED', {
        ...before,
        metadata: { ...before.metadata, resourceVersion: object.metadata.resourceVersion },
      })
  }

  #send({ response }: Open, type: string, object: Stored): void {
    let lines = this.#lines.get(object)
    if (!lines) this.#lines.set(object, (lines = new Map()))
    let line = lines.get(type)
    if (line === undefined) lines.set(type, (line = `${JSON.stringify({ type, object })}\n`))
    response.write(line)
  }
}
