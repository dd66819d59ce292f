import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import { clonedRefs } from './choose-tip.ts'
import type { Tip } from './choose-tip.ts'
import type { FetchProgress } from './fetch-progress.ts'
import type { FetchLimits } from './fetch-upstream.ts'
import type { Asked } from './upstream-answers.ts'
import { fetchTip, refreshUpstream } from './upstream-cache.ts'
import type { Fetch } from './upstream-cache.ts'

export type ProgressListener = (progress: FetchProgress) => void

interface Fetching {
  done: Promise<HeadVersion>
  listeners: Set<ProgressListener>
}

export interface FetchWish {
  onProgress?: ProgressListener
  /** Nobody waits for it any more when this is aborted. */
  patience?: AbortSignal
  /** Somebody works already: it takes what processor they leave. */
  behind?: boolean
}

export interface UpstreamFetchesOptions {
  remotes: Remotes
  limits: FetchLimits
  /** Aborted when the platform stops. */
  closing: AbortSignal
}

/** Fetches that are under way: one of everything at a time for each upstream, and one of each tip. */
export class UpstreamFetches implements AsyncDisposable {
  readonly #options: UpstreamFetchesOptions
  /** By remote. */
  readonly #whole = new Map<string, Fetching>()
  /** By remote and ref. */
  readonly #tips = new Map<string, Fetching>()

  constructor(options: UpstreamFetchesOptions) {
    this.#options = options
  }

  has(id: string): boolean {
    return this.#whole.has(id)
  }

  /** Everything; whoever comes while it is under way waits for the same. Throws an `AppError`. */
  whole(
    asked: Asked,
    { ref }: Pick<Tip, 'ref'>,
    { onProgress = () => {}, patience, behind = false }: FetchWish,
  ): Promise<HeadVersion> {
    const running = this.#whole.get(asked.id)
    if (running) {
      running.listeners.add(onProgress)
      // It may have begun before what is wanted was there.
      return running.done.then((version) =>
        ref === null || hasRef(version, asked, ref) ? version : this.whole(asked, { ref }, { onProgress }),
      )
    }
    const listeners = new Set([onProgress])
    const request = this.request(asked, (progress) => listeners.forEach((tell) => tell(progress)))
    const signal = patience ? AbortSignal.any([request.signal, patience]) : request.signal
    const besides = ref !== null && besidesOf(ref) !== undefined ? ref : null
    const wanted = { head: asked.head, besides }
    const fetch = { ...request, signal, behind }
    const done = refreshUpstream(this.#options.remotes, asked.id, wanted, fetch)
    return keep(this.#whole, asked.id, done, listeners)
  }

  /** The newest commit of a ref alone: a whole class may open the same repository. Throws an `AppError`. */
  tip(asked: Asked, ref: string, onProgress: ProgressListener): Promise<HeadVersion> {
    const key = `${asked.id} ${ref}`
    const running = this.#tips.get(key)
    if (running) {
      running.listeners.add(onProgress)
      return running.done
    }
    const listeners = new Set([onProgress])
    const request = this.request(asked, (progress) => listeners.forEach((tell) => tell(progress)))
    const done = fetchTip(this.#options.remotes, asked.id, { head: asked.head, ref }, request)
    return keep(this.#tips, key, done, listeners)
  }

  request({ url, address, credentials }: Asked, onProgress: ProgressListener = () => {}): Fetch {
    const { limits, closing } = this.#options
    return { url, address, credentials, limits, onProgress, signal: closing }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#whole.values(), ...this.#tips.values()]
    await Promise.allSettled(running.map(({ done }) => done))
  }
}

function keep(
  fetches: Map<string, Fetching>,
  key: string,
  fetch: Promise<HeadVersion>,
  listeners: Set<ProgressListener>,
): Promise<HeadVersion> {
  const done = fetch.finally(() => fetches.delete(key))
  fetches.set(key, { done, listeners })
  done.catch(() => {})
  return done
}

/** A full ref that is neither branch nor tag has to be asked for. */
export function besidesOf(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/') && !/^refs\/(heads|tags)\//.test(ref) ? ref : undefined
}

/** Whether a remote has all that its upstream has. What the upstream has no more does no harm. */
export function hasAll(version: HeadVersion, asked: Asked, { ref }: Tip): boolean {
  const { refs } = version.head
  const cloned = Object.entries(clonedRefs(asked.refs))
  return cloned.every(([name, oid]) => refs[name] === oid) && (ref === null || hasRef(version, asked, ref))
}

/** Whether a ref is where its upstream has it. */
export function hasRef({ head }: HeadVersion, { refs }: Asked, ref: string): boolean {
  const wanted = refs.get(ref)
  return wanted === undefined || head.refs[ref.replace(/^refs\/heads\//, 'refs/remotes/origin/')] === wanted
}
