import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { git, GitError } from '../git/git-process.ts'
import { makeScratch } from '../git/ingest.ts'
import { readNewPack } from '../git/new-pack.ts'
import type { NewPack } from '../git/pack-upload.ts'
import { isRefName } from '../git/ref-name.ts'
import type { Remotes } from '../git/remotes.ts'
import { parseRepositoryUrl, resolveRepositoryHost } from './repository-url.ts'
import type { RepositoryUrl } from './repository-url.ts'

const MAX_BYTES = 2 * 1024 ** 3
const MAX_SECONDS = 600

export interface ImportRequest {
  url: string
  /** Branch or tag; the upstream's default branch when there is none. */
  ref: string | undefined
  allowedHosts: string[]
}

/**
 * Copies an upstream repository into a new remote `id`: its branches as `refs/remotes/origin/*`, its tags, and one
 * branch to work on. False when the remote exists already. Throws an `AppError` with what a person can do.
 */
export async function importRepository(
  remotes: Remotes,
  id: string,
  { url, ref, allowedHosts }: ImportRequest,
  by: string,
  signal: AbortSignal,
): Promise<boolean> {
  const upstream = parseRepositoryUrl(url, allowedHosts)
  const address = await resolveRepositoryHost(upstream)
  const scratch = await makeScratch(remotes.scratch)
  const limits = new AbortController()
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(MAX_SECONDS * 1000), limits.signal])
  try {
    const options = { gitDir: scratch, signal: bounded, env: { GIT_ALLOW_PROTOCOL: 'https:http' } }
    const config = hardenedConfig(upstream, address)
    const listed = await git([...config, 'ls-remote', '--symref', '--', upstream.href, 'HEAD'], options)
    const defaultBranch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed.toString())?.[1] ?? 'main'
    const watching = watchSize(scratch, limits)
    const refspecs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
    await git(
      [
        ...config,
        'fetch',
        '--quiet',
        '--no-write-fetch-head',
        '--no-auto-maintenance',
        '--',
        upstream.href,
        ...refspecs,
      ],
      options,
    )
    await watching.stop()
    const refs = await readRefs(scratch)
    const branch = chooseBranch(refs, ref, defaultBranch)
    return await remotes.create(id, { ...branch, pack: await readPack(scratch), by })
  } catch (error) {
    signal.throwIfAborted()
    throw explain(error, upstream, limits.signal.aborted ? 'size' : bounded.aborted ? 'time' : null)
  } finally {
    limits.abort()
    await rm(scratch, { recursive: true, force: true })
  }
}

function hardenedConfig({ href, host, port, allowed }: RepositoryUrl, address: string): string[] {
  const settings = [
    'protocol.allow=never',
    `protocol.${href.startsWith('https:') ? 'https' : 'http'}.allow=always`,
    'http.followRedirects=false',
    // What was checked is what is connected to, whatever the name says a moment later.
    ...(allowed
      ? []
      : [`http.curloptResolve=${host}:${port}:${address.includes(':') ? `[${address}]` : address}`]),
    'credential.helper=',
    'core.askPass=true',
    'fetch.fsckObjects=true',
    // Old and harmless flaws of real repositories.
    ...['zeroPaddedFilemode', 'missingSpaceBeforeDate', 'badTimezone', 'missingEmail', 'badFilemode'].map(
      (flaw) => `fetch.fsck.${flaw}=ignore`,
    ),
    'fetch.unpackLimit=1',
    'pack.threads=1',
  ]
  return settings.flatMap((setting) => ['-c', setting])
}

async function readRefs(scratch: string): Promise<Record<string, string>> {
  const listed = await git(['for-each-ref', '--format=%(objectname) %(refname)'], { gitDir: scratch })
  const refs: Record<string, string> = {}
  for (const line of listed.toString().split('\n')) {
    const name = line.slice(41)
    if (isRefName(name)) refs[name] = line.slice(0, 40)
  }
  return refs
}

/** The branch to work on: the one asked for, one at the tag asked for, or the default one. */
function chooseBranch(
  refs: Record<string, string>,
  ref: string | undefined,
  defaultBranch: string,
): { head: string; refs: Record<string, string> } {
  const name = ref ?? defaultBranch
  const head = `refs/heads/${name}`
  const target = refs[`refs/remotes/origin/${name}`] ?? refs[`refs/tags/${name}`]
  if (target === undefined && ref !== undefined)
    throw new AppError(
      422,
      'ref_not_found',
      `The repository has no branch or tag named "${ref}". Leave it out for the default branch.`,
    )
  return {
    head: isRefName(head) ? head : 'refs/heads/main',
    refs: target === undefined ? refs : { ...refs, [head]: target },
  }
}

/** `fetch.unpackLimit` sees to it that a fetch leaves one pack. */
async function readPack(scratch: string): Promise<NewPack | null> {
  const folder = join(scratch, 'objects', 'pack')
  const name = (await readdir(folder)).find((file) => file.endsWith('.pack'))
  if (name === undefined) return null
  return readNewPack(join(folder, name))
}

/** Git has no limit on what it fetches, so what it has written is looked at twice a second. */
function watchSize(scratch: string, limits: AbortController): { stop(): Promise<void> } {
  const stopped = new AbortController()
  const watch = async (): Promise<void> => {
    const signal = AbortSignal.any([stopped.signal, limits.signal])
    for await (const _ of setInterval(500, null, { signal, ref: false })) {
      const files = await readdir(scratch, { recursive: true, withFileTypes: true })
      const sizes = await Promise.all(
        files.map((entry) =>
          stat(join(entry.parentPath, entry.name)).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      )
      if (sizes.reduce((sum, size) => sum + size, 0) > MAX_BYTES) limits.abort()
    }
  }
  const watching = watch().catch(() => {})
  return {
    async stop() {
      stopped.abort()
      await watching
    },
  }
}

function explain(error: unknown, { href, host }: RepositoryUrl, limit: 'size' | 'time' | null): unknown {
  const refuse = (code: string, message: string): AppError =>
    new AppError(422, code, message, { cause: error })
  if (limit === 'size')
    return refuse('repository_too_large', `${href} is larger than 2 GiB, which is the limit.`)
  if (limit === 'time')
    return refuse(
      'repository_timeout',
      `${href} did not arrive within ${MAX_SECONDS / 60} minutes. Try again later.`,
    )
  if (!(error instanceof GitError)) return error
  if (/Authentication failed|could not read Username|terminal prompts disabled/.test(error.stderr))
    return refuse(
      'repository_private',
      `${href} does not exist or is private. Only public repositories can be opened.`,
    )
  if (/not found|returned error: 404/.test(error.stderr))
    return refuse('repository_not_found', `There is no repository at ${href}. Check the URL.`)
  if (/redirect/i.test(error.stderr))
    return refuse('repository_moved', `${href} has moved. Open it under its new URL.`)
  if (/Could not resolve|Failed to connect|Connection refused|timed out/i.test(error.stderr))
    return refuse(
      'repository_unreachable',
      `The host ${host} cannot be reached. Check the URL, or try again later.`,
    )
  const reason = /^(?:fatal|error): (.*)$/m.exec(error.stderr)?.[1] ?? 'git failed'
  return refuse('repository_failed', `${href} could not be fetched: ${reason}`)
}
