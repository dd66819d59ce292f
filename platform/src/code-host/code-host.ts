import type { HostRepository, PullRequest } from '../protocol.ts'

/** What a person has let this platform do at a host. */
export interface Grant {
  login: string
  token: string
  scopes: string[]
}

export interface NewPullRequest {
  /** `owner/name` of the repository that is asked to take it. */
  base: string
  /** Branch there. */
  into: string
  /** `owner/name` of the repository that has it, and its branch. */
  head: string
  branch: string
  title: string
  body: string
  draft: boolean
}

/**
 * A place where people keep repositories and talk about them. Every operation is one person's, by their token; what the
 * host refuses is an `AppError` that says why and what to do.
 */
export interface CodeHost {
  /** `github.com` */
  readonly host: string
  /** Where a person is asked whether this platform may act for them; `challenge` is of PKCE (S256). */
  authorizeUrl(redirectUrl: string, state: string, challenge: string): string
  /** What came of it, for the code that the host has sent along. */
  grant(code: string, redirectUrl: string, verifier: string, signal: AbortSignal): Promise<Grant>
  /** Gives a token back. */
  revoke(token: string): Promise<void>
  /** `owner/name` of a repository of this host by its URL; null for others. */
  nameOf(url: string): string | null
  /** Where git finds a repository. */
  urlOf(name: string): string
  /** A page of the person's repositories, those that were pushed to last first; `next` is null behind the last. */
  repositories(
    token: string,
    page: number,
    signal: AbortSignal,
  ): Promise<{ repositories: HostRepository[]; next: number | null }>
  repository(token: string, name: string, signal: AbortSignal): Promise<HostRepository>
  create(
    token: string,
    wanted: { name: string; description: string; private: boolean },
    signal: AbortSignal,
  ): Promise<HostRepository>
  /** A fork of the person's own; one that there is already is taken. Git may be answered there a little later. */
  fork(token: string, name: string, signal: AbortSignal): Promise<HostRepository>
  /** The commit of a branch; null when there is none. */
  branch(token: string, name: string, branch: string, signal: AbortSignal): Promise<string | null>
  /** The newest pull request of a branch of `head`; null when there never was one. */
  pullRequest(
    token: string,
    base: string,
    head: string,
    branch: string,
    signal: AbortSignal,
  ): Promise<PullRequest | null>
  openPullRequest(token: string, wanted: NewPullRequest, signal: AbortSignal): Promise<PullRequest>
}
