import { AppError } from '../errors.ts'
import { GitError } from '../git/git-process.ts'
import { PacketError } from '../git/pkt-line.ts'
import type { RepositoryUrl } from './repository-url.ts'

export function refuse(code: string, message: string, cause?: unknown): AppError {
  return new AppError(422, code, message, { cause })
}

/** What an HTTP status means to who wants the repository. `known`: it was asked with credentials. */
export function refuseStatus({ href, host }: RepositoryUrl, status: number, known: boolean): AppError {
  if ((status === 401 || status === 403) && known)
    return refuse(
      'repository_credentials_refused',
      `${host} does not let this user name and token read ${href}. Check both, and that the token may read the repository.`,
    )
  if (status === 401 || status === 403)
    return refuse(
      'repository_private',
      `${href} is private, or does not exist. Say who you are at ${host} to open it.`,
    )
  if (status === 404 || status === 410)
    return refuse('repository_not_found', `There is no repository at ${href}. Check the URL.`)
  if (status === 429)
    return refuse('repository_busy', `${host} has had too many requests. Try again in a few minutes.`)
  return refuse(
    'repository_unreachable',
    `${host} answered with status ${status} instead of the repository. Try again later.`,
  )
}

/** What a broken connection means. What is an `AppError` already is handed through. */
export function refuseTransport(error: unknown, { href, host }: RepositoryUrl, signal: AbortSignal): unknown {
  if (error instanceof AppError) return error
  if (signal.aborted && signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError')
    return refuse('repository_timeout', `${host} does not answer. Try again later.`, error)
  if (signal.aborted) return signal.reason
  if (error instanceof PacketError)
    return refuse('repository_not_git', `What answers at ${href} does not answer as Git does.`, error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ERR_SSL|EPROTO/.test(code))
    return refuse(
      'repository_certificate',
      `The certificate of ${host} cannot be trusted (${code}). Nothing was fetched.`,
      error,
    )
  return refuse(
    'repository_unreachable',
    `The host ${host} cannot be reached. Check the URL, or try again later.`,
    error,
  )
}

/** What git's own failure means. `limit`: which cap ended it. */
export function explainFetch(
  error: unknown,
  { href, host }: RepositoryUrl,
  limit: { size: string } | { minutes: number } | null,
): unknown {
  if (error instanceof AppError) return error
  if (limit && 'size' in limit)
    return refuse('repository_too_large', `${href} is larger than ${limit.size}, which is the limit.`, error)
  if (limit)
    return refuse(
      'repository_timeout',
      `${href} did not arrive within ${limit.minutes} minutes. Try again later.`,
      error,
    )
  if (!(error instanceof GitError)) return error
  if (/Authentication failed|could not read Username|terminal prompts disabled/.test(error.stderr))
    return refuse('repository_private', `${href} is private. Say who you are at ${host} to open it.`, error)
  if (/Operation too slow|timed out/i.test(error.stderr))
    return refuse('repository_timeout', `${host} sends too little. Try again later.`, error)
  if (/out of memory|mmap failed/i.test(error.stderr) || error.exitCode === null)
    return refuse(
      'repository_too_large',
      `${href} needs more memory to unpack than is given to a repository.`,
      error,
    )
  if (/redirect/i.test(error.stderr))
    return refuse('repository_moved', `${href} has moved. Open it under its new URL.`, error)
  if (/Could not resolve|Failed to connect|Connection refused/i.test(error.stderr))
    return refuse(
      'repository_unreachable',
      `The host ${host} cannot be reached. Check the URL, or try again later.`,
      error,
    )
  const reason = /^(?:fatal|error): (.*)$/m.exec(error.stderr)?.[1] ?? 'git failed'
  return refuse('repository_failed', `${href} could not be fetched: ${reason}`, error)
}
