import { AppError } from '../errors.ts'
import { askUpstream } from './ask-upstream.ts'
import type { AskOptions, Credentials, UpstreamRefs } from './ask-upstream.ts'
import type { FetchLimits } from './fetch-upstream.ts'
import type { Hosts } from './host-accounts.ts'
import { readPlace, repositoryKey } from './place.ts'
import { parseRepositoryUrl, refuseUrl, resolveRepositoryHost, systemResolve } from './repository-url.ts'
import type { RepositoryUrl, Resolve } from './repository-url.ts'
import { upstreamId } from './upstream-cache.ts'

/** Milliseconds for which an answer about refs holds: from the form to the start that follows. */
const FRESH = 30_000

export interface UpstreamAnswersOptions {
  allowedHosts: string[]
  hosts: Hosts
  resolve?: Resolve | undefined
  limits: FetchLimits
  /** Aborted when the platform stops. */
  closing: AbortSignal
}

/** An upstream as it is now, and with which remote it is kept. */
export interface Asked extends UpstreamRefs {
  id: string
  address: string
  credentials: Credentials | undefined
}

/** What hosts say of their repositories, and to whom. */
export class UpstreamAnswers {
  readonly #options: UpstreamAnswersOptions
  /** What was answered lately, by owner, repository and ref. */
  readonly #asked = new Map<string, { at: number; answer: Promise<Asked> }>()

  constructor(options: UpstreamAnswersOptions) {
    this.#options = options
  }

  /**
   * As it was answered lately, too, unless `anew` says otherwise. `besides`: a ref that is neither branch nor tag. Throws
   * an `AppError`.
   */
  ask(owner: string, repository: string, besides: string | undefined, anew = false): Promise<Asked> {
    const key = [owner, repositoryKey(repository), besides].join('\n')
    const now = Date.now()
    const known = this.#asked.get(key)
    if (!anew && known && now - known.at < FRESH) return known.answer
    for (const [old, { at }] of this.#asked) if (now - at >= FRESH) this.#asked.delete(old)
    const answer = this.#askNow(owner, repository, besides)
    this.#asked.set(key, { at: now, answer })
    // What was refused is asked again: it may be mended.
    answer.catch(() => this.#asked.delete(key))
    return answer
  }

  /** As anybody at first; with what the person has said of themselves when the host wants to know. */
  async #askNow(owner: string, repository: string, besides: string | undefined): Promise<Asked> {
    const { hosts } = this.#options
    const { url, options } = await this.#route(repository, besides)
    const { address } = options
    try {
      const answer = await askUpstream(url, options)
      return { ...answer, address, credentials: undefined, id: upstreamId(repository, null) }
    } catch (error) {
      if (!(error instanceof AppError) || !/^repository_(private|not_found)$/.test(error.code)) throw error
      const known = await hosts.find(owner, new URL(url.href).host)
      if (!known) throw error
      const answer = await askUpstream(url, { ...options, credentials: known })
      return { ...answer, address, credentials: known, id: upstreamId(repository, owner) }
    }
  }

  /**
   * Tries who a person says that they are on a repository (a URL, or a link to anything in it), and keeps it when the
   * host takes it. Throws an `AppError` when it does not.
   */
  async introduce(owner: string, link: string, credentials: Credentials): Promise<{ host: string }> {
    const { place, problem } = readPlace(link)
    if (!place) throw refuseUrl(problem)
    const { url, options } = await this.#route(place.repository)
    await askUpstream(url, { ...options, credentials })
    const { host } = new URL(url.href)
    await this.#options.hosts.keep(owner, host, credentials)
    this.forget()
    return { host }
  }

  /** Forgets who a person is to a host. */
  async takeLeave(owner: string, host: string): Promise<void> {
    await this.#options.hosts.forget(owner, host)
    this.forget()
  }

  /** The next open asks again: credentials have changed. */
  forget(): void {
    this.#asked.clear()
  }

  /** To where a URL leads, checked. */
  async #route(
    repository: string,
    besides?: string,
  ): Promise<{ url: RepositoryUrl; options: Omit<AskOptions, 'credentials'> }> {
    const { allowedHosts, resolve = systemResolve, limits, closing } = this.#options
    const url = parseRepositoryUrl(repository, allowedHosts)
    const address = await resolveRepositoryHost(url, resolve)
    const signal = AbortSignal.any([closing, AbortSignal.timeout(limits.refsSeconds * 1000)])
    return { url, options: { address, allowedHosts, besides, maxBytes: limits.refsBytes, signal } }
  }
}
