import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { AppError } from '../errors.ts'
import { git } from '../git/git-process.ts'
import { DAY } from '../git/clock.ts'
import { readFamily } from '../git/family.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion } from '../git/repository.ts'
import type { UpstreamRefs } from './ask-upstream.ts'
import { borrowTip } from './borrow-tip.ts'
import { chooseTip, clonedRefs } from './choose-tip.ts'
import type { Tip } from './choose-tip.ts'
import type { Hosts } from './host-accounts.ts'
import type { FetchProgress } from './fetch-progress.ts'
import { FETCH_LIMITS } from './fetch-upstream.ts'
import type { FetchLimits } from './fetch-upstream.ts'
import type { Resolve } from './repository-url.ts'
import { UpstreamAnswers } from './upstream-answers.ts'
import type { Asked } from './upstream-answers.ts'
import { deepen, isWhole, UPSTREAMS } from './upstream-cache.ts'
import { besidesOf, hasAll, hasRef, UpstreamFetches } from './upstream-fetches.ts'
import type { ProgressListener } from './upstream-fetches.ts'

/** Milliseconds after which a workspace does not wait for the whole history any more. */
const PATIENCE = 1_000
/** Milliseconds that a workspace has for its own start before what comes behind it is fetched. */
const HEAD_START = 5_000
/** Milliseconds between two tries of what comes behind a workspace. */
const FIRST_PAUSE = 15_000
const LONGEST_PAUSE = 600_000
/** An upstream that nobody has opened for so long is let go of. */
const UNUSED = 30 * DAY

export interface UpstreamsOptions {
  remotes: Remotes
  allowedHosts: string[]
  hosts: Hosts
  resolve?: Resolve
  limits?: Partial<FetchLimits>
  patience?: number
  headStart?: number
  log: Logger
}

/** Whose workspace is opened from where. */
export interface UpstreamSource {
  owner: string
  repository: string
  ref: string | undefined
}

/**
 * Repositories of other hosts. Each is fetched once into a remote of its own, brought up to date when it is opened
 * again, and forked per workspace: an open whose objects are here costs a few requests, whatever the size.
 */
export class Upstreams implements AsyncDisposable {
  readonly answers: UpstreamAnswers
  readonly #options: UpstreamsOptions
  readonly #limits: FetchLimits
  readonly #closing = new AbortController()
  readonly #fetches: UpstreamFetches
  /** What goes on behind the workspaces that began with a tip, by workspace; never rejects. */
  readonly #behind = new Map<string, Promise<void>>()

  constructor(options: UpstreamsOptions) {
    this.#options = options
    this.#limits = { ...FETCH_LIMITS, ...options.limits }
    const { allowedHosts, hosts, resolve } = options
    const [limits, closing] = [this.#limits, this.#closing.signal]
    this.answers = new UpstreamAnswers({ allowedHosts, hosts, resolve, limits, closing })
    this.#fetches = new UpstreamFetches({ remotes: options.remotes, limits, closing })
  }

  /**
   * The refs of an upstream, as they were half a minute ago unless `anew`. `besides`: a ref that is neither branch nor
   * tag. Throws an `AppError`.
   */
  ask(owner: string, repository: string, besides?: string, anew = false): Promise<UpstreamRefs> {
    return this.answers.ask(owner, repository, besides, anew)
  }

  /**
   * Lends the newest commit of a ref, without what led to it. It is fetched anew each time, within `limits`, and nothing
   * of it is kept. Throws an `AppError` with what a person can do.
   */
  async borrow<T>(
    { owner, repository, ref }: UpstreamSource,
    limits: Partial<FetchLimits>,
    signal: AbortSignal,
    use: (objects: ObjectReader, commit: string) => Promise<T>,
  ): Promise<T> {
    // However old the answer, what is fetched is where the ref stands then.
    const asked = await this.answers.ask(owner, repository, besidesOf(ref))
    const request = this.#fetches.request(asked)
    const fetch = {
      ...request,
      limits: { ...request.limits, ...limits },
      signal: AbortSignal.any([request.signal, signal]),
    }
    return borrowTip(this.#options.remotes.scratch, chooseTip(asked, ref), fetch, use)
  }

  /**
   * Makes the remote of a workspace. With a large upstream it begins with the tip alone, and the history comes behind
   * it. Throws an `AppError` with what a person can do.
   */
  async provide(
    id: string,
    { owner, repository, ref }: UpstreamSource,
    onProgress: ProgressListener,
    signal: AbortSignal,
  ): Promise<void> {
    const { remotes } = this.#options
    const asked = await this.answers.ask(owner, repository, besidesOf(ref))
    signal.throwIfAborted()
    const tip = chooseTip(asked, ref)
    const known = await remotes.repository(asked.id).head(signal)
    const version = await this.#enough(known, asked, tip, onProgress)
    await this.#fork(id, version, asked, tip)
    if (!isWhole(version.head))
      this.#deepenBehind(id, () => this.#fetches.whole(asked, tip, { behind: true }))
  }

  /** Goes on with what an earlier platform was still fetching; whoever works in the workspace waits for nothing. */
  resume(id: string, { owner, repository, ref }: UpstreamSource): void {
    const fetch = async (): Promise<HeadVersion> => {
      const asked = await this.answers.ask(owner, repository, besidesOf(ref))
      const known = await this.#options.remotes.repository(asked.id).head()
      if (known && isWhole(known.head)) return known
      return this.#fetches.whole(asked, chooseTip(asked, ref), { behind: true })
    }
    this.#deepenBehind(id, fetch)
  }

  /** For the daily look at everything: what nobody has opened for a month is retired. */
  async letGo(id: string): Promise<void> {
    if (!id.startsWith(UPSTREAMS) || this.#fetches.has(id)) return
    const { remotes } = this.#options
    const version = await remotes.repository(id).head()
    if (!version || version.head.retiredAt !== null) return
    const { family, createdAt, packs } = version.head
    // Each workspace that was opened from it has entered its family then.
    const members = (await readFamily(remotes.store, family))?.family.members ?? []
    const used = Math.max(
      Date.parse(createdAt),
      ...members.map(({ since }) => Date.parse(since)),
      ...packs.map(({ addedAt }) => addedAt),
    )
    if (remotes.clock.now() - used > UNUSED) await remotes.retire(id, true)
  }

  /** Resolves when nothing comes behind a workspace any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#behind.values())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#behind.values(), this.#fetches[Symbol.asyncDispose]()])
  }

  /** A remote that a workspace can begin with: what is here already, everything when it is there soon, or the tip. */
  async #enough(
    known: HeadVersion | null,
    asked: Asked,
    tip: Tip,
    onProgress: ProgressListener,
  ): Promise<HeadVersion> {
    if (known && isWhole(known.head))
      return hasAll(known, asked, tip) ? known : this.#fetches.whole(asked, tip, { onProgress })
    if (known && hasTip(known, asked, tip)) return known
    if (tip.ref === null || tip.commit === null) return this.#fetches.whole(asked, tip, { onProgress })
    const { patience = PATIENCE, log } = this.#options
    const waiting = new AbortController()
    let latest: FetchProgress | null = null
    const hear: ProgressListener = (progress) => onProgress((latest = progress))
    const isOurs = !this.#fetches.has(asked.id)
    const whole = this.#fetches.whole(asked, tip, { onProgress: hear, patience: waiting.signal })
    const outcome = await Promise.race([
      whole.then(() => 'there'),
      delay(patience, 'late', { ref: false }),
    ]).catch((error: unknown) => {
      // By whoever began it.
      if (error instanceof GivenUp) return 'given up'
      throw error
    })
    if (outcome === 'there' || (outcome === 'late' && isNearlyThere(latest))) return whole
    // Both at a time would take each other's share of the line. Everything begins anew behind the workspace.
    waiting.abort(new GivenUp())
    if (isOurs) await whole.catch(() => {})
    try {
      return await this.#fetches.tip(asked, tip.ref, onProgress)
    } catch (error) {
      this.#closing.signal.throwIfAborted()
      log.warn({ err: error, upstream: asked.id }, 'the newest commit could not be fetched by itself')
      return this.#fetches.whole(asked, tip, { onProgress })
    }
  }

  /** No object is copied. */
  async #fork(id: string, version: HeadVersion, asked: Asked, tip: Tip): Promise<void> {
    const { remotes } = this.#options
    const commit = await this.#commitOf(version, asked, tip)
    const refs = { ...clonedRefs(Object.entries(version.head.refs)), ...(commit && { [tip.branch]: commit }) }
    await remotes.create(id, { head: tip.branch, refs, pack: null, by: 'platform', parent: asked.id })
  }

  /** In full, when it was asked for by its beginning. */
  async #commitOf(version: HeadVersion, asked: Asked, { ref, commit }: Tip): Promise<string | null> {
    if (commit === null) return null
    const name = `${commit}^{commit}`
    const found = await this.#options.remotes.views.use(asked.id, version, (view) =>
      git(['rev-parse', '--verify', '--quiet', '--end-of-options', name], { gitDir: view }).catch(() => null),
    )
    if (found) return found.toString().trim()
    throw new AppError(
      422,
      'ref_not_found',
      ref === null
        ? `No branch or tag of the repository has a commit ${commit}. Leave it out for the default branch.`
        : `${ref} of the repository is no commit, so nobody can work on it. Choose a branch.`,
    )
  }

  /** Tries again for as long as this platform runs: the workspace is in use, and nobody else would. */
  #deepenBehind(id: string, fetch: () => Promise<HeadVersion>): void {
    const { remotes, headStart = HEAD_START, log } = this.#options
    const { signal } = this.#closing
    const work = async (): Promise<void> => {
      await delay(headStart, undefined, { signal, ref: false }).catch(() => {})
      for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE))
        try {
          return await deepen(remotes, id, (await fetch()).head)
        } catch (error) {
          if (signal.aborted) return
          log.warn({ err: error, workspace: id }, 'the history of a repository did not arrive yet')
          await delay(pause, undefined, { signal, ref: false }).catch(() => {})
        }
    }
    // A start that comes while it is under way need not begin it anew.
    if (this.#behind.has(id)) return
    const working = work().finally(() => this.#behind.delete(id))
    this.#behind.set(id, working)
  }
}

/** Why a fetch of everything was ended. */
class GivenUp extends Error {
  override name = 'GivenUp'
}

/** It is more than half here, or all of it: to begin anew would take longer. */
function isNearlyThere(progress: FetchProgress | null): boolean {
  if (progress?.phase === 'unpacking') return true
  return progress?.phase === 'receiving' && progress.objects * 2 > (progress.total ?? Infinity)
}

function hasTip(version: HeadVersion, asked: Asked, { ref }: Tip): boolean {
  return ref !== null && hasRef(version, asked, ref)
}
