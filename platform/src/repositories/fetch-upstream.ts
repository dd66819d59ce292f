import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { isErrno } from '../errors.ts'
import { GitError, spawnGit } from '../git/git-process.ts'
import { formatBytes } from '../git/limits.ts'
import { authorization } from './ask-upstream.ts'
import type { Credentials } from './ask-upstream.ts'
import { ProgressReader } from './fetch-progress.ts'
import type { FetchProgress } from './fetch-progress.ts'
import type { RepositoryUrl } from './repository-url.ts'
import { explainFetch } from './upstream-errors.ts'

/** What one fetch may cost. */
export interface FetchLimits {
  /** On disk, while it arrives. */
  bytes: number
  seconds: number
  /** Of each process of git. */
  memory: number
  /** An upstream that sends nothing for so many seconds is given up. */
  silence: number
  /** Bytes of an answer about refs, and seconds for all of it. */
  refsBytes: number
  refsSeconds: number
}

export const FETCH_LIMITS: FetchLimits = {
  bytes: 2 * 1024 ** 3,
  seconds: 1800,
  memory: 4 * 1024 ** 3,
  silence: 60,
  refsBytes: 32 * 1024 ** 2,
  refsSeconds: 20,
}

export interface FetchRequest {
  url: RepositoryUrl
  address: string
  credentials?: Credentials | undefined
  refspecs: string[]
  /** Only so many commits deep; everything when there is none. */
  depth?: number
  limits: FetchLimits
  onProgress?: (progress: FetchProgress) => void
  /** Nobody waits for it. */
  behind?: boolean
  signal: AbortSignal
}

/** Fetches into a scratch repository, guarded. Throws an `AppError` with what a person can do. */
export async function fetchUpstream(scratch: string, request: FetchRequest): Promise<void> {
  const { url, refspecs, depth, limits, onProgress, signal } = request
  const tooLarge = new AbortController()
  const deadline = AbortSignal.timeout(limits.seconds * 1000)
  const bounded = AbortSignal.any([signal, deadline, tooLarge.signal])
  const args = [
    ...hardened(request),
    'fetch',
    '--progress',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--no-recurse-submodules',
    ...(depth === undefined ? ['--prune'] : [`--depth=${depth}`]),
    '--',
    url.href,
    ...refspecs,
  ]
  const child = spawnGit(args, {
    gitDir: scratch,
    group: true,
    behind: request.behind ?? false,
    bounds: { memory: limits.memory, seconds: limits.seconds },
    env: { GIT_ALLOW_PROTOCOL: 'https:http', ...credentialEnv(request) },
  })
  // The helper that talks to the host would wait for it, and be waited for.
  const kill = (): void => killGroup(child.pid)
  bounded.addEventListener('abort', kill, { once: true })
  if (bounded.aborted) kill()
  const failed = Promise.withResolvers<never>()
  child.on('error', failed.reject)
  failed.promise.catch(() => {})
  const closed = new Promise<number | null>((resolve) => void child.once('close', resolve))
  child.stdin.end()
  child.stdout.resume()
  const reader = new ProgressReader(onProgress ?? (() => {}))
  child.stderr.on('data', (chunk: Buffer) => reader.add(chunk.toString()))
  const watching = watchSize(scratch, limits.bytes, tooLarge, bounded)
  try {
    const code = await Promise.race([closed, failed.promise])
    bounded.throwIfAborted()
    if (code !== 0) throw new GitError('fetch', code, reader.rest)
  } catch (error) {
    signal.throwIfAborted()
    const limit = tooLarge.signal.aborted
      ? { size: formatBytes(limits.bytes) }
      : deadline.aborted
        ? { minutes: limits.seconds / 60 }
        : null
    throw explainFetch(error, url, limit)
  } finally {
    watching.abort()
    bounded.removeEventListener('abort', kill)
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It has ended by itself.
    if (!isErrno(error, 'ESRCH')) throw error
  }
}

function hardened({ url: { href, host, port, allowed }, address, limits }: FetchRequest): string[] {
  const settings = [
    'protocol.allow=never',
    `protocol.${href.startsWith('https:') ? 'https' : 'http'}.allow=always`,
    'http.followRedirects=false',
    // What was checked is what is connected to, whatever the name says a moment later.
    ...(allowed
      ? []
      : [`http.curloptResolve=${host}:${port}:${address.includes(':') ? `[${address}]` : address}`]),
    // A host that counts for minutes says so; one that says nothing at all is gone.
    'http.lowSpeedLimit=1',
    `http.lowSpeedTime=${limits.silence}`,
    'credential.helper=',
    'core.askPass=true',
    'fetch.fsckObjects=true',
    // Old and harmless flaws of real repositories.
    ...['zeroPaddedFilemode', 'missingSpaceBeforeDate', 'badTimezone', 'missingEmail', 'badFilemode'].map(
      (flaw) => `fetch.fsck.${flaw}=ignore`,
    ),
    'fetch.unpackLimit=1',
    // A list of everything that was fetched elsewhere is not what this one is told to take.
    'transfer.bundleURI=false',
    'fetch.uriProtocols=',
    'pack.threads=1',
    'core.bigFileThreshold=16m',
    'core.packedGitWindowSize=32m',
    'core.packedGitLimit=512m',
  ]
  return settings.flatMap((setting) => ['-c', setting])
}

/** By environment: neither argv nor a file ever holds them, and only this host is told. */
function credentialEnv({ url, credentials }: FetchRequest): Record<string, string> {
  if (!credentials) return {}
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url.href).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${authorization(credentials)}`,
  }
}

/** Git has no limit on what it fetches, so what it has written is looked at. Aborting what is returned ends it. */
function watchSize(
  scratch: string,
  most: number,
  tooLarge: AbortController,
  bounded: AbortSignal,
): AbortController {
  const stopped = new AbortController()
  const watch = async (): Promise<void> => {
    const signal = AbortSignal.any([stopped.signal, bounded])
    for await (const _ of setInterval(200, null, { signal, ref: false }))
      if ((await sizeOf(join(scratch, 'objects'))) > most) tooLarge.abort()
  }
  watch().catch(() => {})
  return stopped
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    files.map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
