import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'

import type { Layout } from '../layout.ts'
import { refusal } from './errors.ts'

/** Reads and local acts get this long, in milliseconds; hooks and signing are part of a commit. */
const DEADLINE_MS = 120_000
const COMMIT_DEADLINE_MS = 300_000
/** What git may print before it is stopped, in bytes. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
const MAX_ERROR_BYTES = 16 * 1024

export interface UserGitOptions {
  input?: string | Buffer
  env?: Record<string, string>
  /** Milliseconds. */
  deadline?: number
  /** Exit codes that are answers; [0] by default. */
  allowedCodes?: number[]
  /** Takes no locks that it could do without: for reads. */
  reading?: boolean
  /** Cuts the output off at this many bytes instead of failing. */
  cutAt?: number
}

export interface UserGitResult {
  stdout: Buffer
  /** Output and errors as a person would have seen them. */
  output: string
  code: number
  /** `cutAt` was reached. */
  cut: boolean
}

/** Runs git in the user's clone. Rejects with `GitRefused`. */
export type UserGit = (args: string[], options?: UserGitOptions) => Promise<UserGitResult>

export const COMMITTING = { deadline: COMMIT_DEADLINE_MS }
/** Paths come by standard input, one after the other with a NUL, and are names, not patterns. */
export const PATHS_FROM_INPUT = ['--pathspec-from-file=-', '--pathspec-file-nul']
export const LITERAL = { GIT_LITERAL_PATHSPECS: '1' }

/**
 * git as the user would run it in a terminal, with their configuration, hooks and signing: unlike saves these are their
 * own acts. Only nobody sits at a keyboard, so whatever would ask is told no. `environment` is that of the terminals.
 */
export function createUserGit(
  layout: Pick<Layout, 'work'>,
  environment: Record<string, string>,
  closed: AbortSignal,
): UserGit {
  return async (args, options = {}) => {
    const deadline = AbortSignal.timeout(options.deadline ?? DEADLINE_MS)
    const child = spawn('git', args, {
      cwd: layout.work,
      env: userEnvironment(layout, environment, options),
      stdio: ['pipe', 'pipe', 'pipe'],
      // A session of its own: no terminal that ssh or gpg could ask on, and hooks end together with git.
      detached: true,
    })
    const stop = (): void => endGroup(child.pid)
    for (const signal of [closed, deadline]) signal.addEventListener('abort', stop, { once: true })
    if (closed.aborted) stop()
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    let cut = false
    const limit = options.cutAt ?? MAX_OUTPUT_BYTES
    const onLimit = (): void => {
      cut = true
      stop()
    }
    try {
      const [stdout, stderr, [code]] = await Promise.all([
        collectUpTo(child.stdout, limit, onLimit),
        collectUpTo(child.stderr, MAX_ERROR_BYTES, () => undefined),
        once(child, 'close') as Promise<[number | null]>,
      ])
      const output = [stderr, stdout.subarray(0, MAX_ERROR_BYTES)].map(String).join('\n').trim()
      const result = { stdout, output, code: code ?? -1, cut }
      if (cut && options.cutAt !== undefined) return result
      if (code === null || !(options.allowedCodes ?? [0]).includes(code)) {
        throw refusal(args, output, { timedOut: deadline.aborted, hookLikely: code === 1 })
      }
      return result
    } finally {
      for (const signal of [closed, deadline]) signal.removeEventListener('abort', stop)
    }
  }
}

function userEnvironment(
  layout: Pick<Layout, 'work'>,
  environment: Record<string, string>,
  options: UserGitOptions,
): Record<string, string> {
  return {
    ...environment,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
    GIT_SEQUENCE_EDITOR: 'true',
    GIT_PAGER: 'cat',
    SSH_ASKPASS: 'false',
    SSH_ASKPASS_REQUIRE: 'force',
    // A clone whose `.git` was deleted is not looked for above the workspace.
    GIT_CEILING_DIRECTORIES: dirname(layout.work),
    ...(options.reading ? { GIT_OPTIONAL_LOCKS: '0' } : {}),
    ...options.env,
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended by itself.
  }
}

/** Reads to the end, so that the child never waits, but keeps no more than `limit` bytes. */
async function collectUpTo(stream: Readable, limit: number, onLimit: () => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = chunk as Buffer
    if (size < limit) chunks.push(bytes.subarray(0, limit - size))
    if (size <= limit && size + bytes.length > limit) onLimit()
    size += bytes.length
  }
  return Buffer.concat(chunks)
}
