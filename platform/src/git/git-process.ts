import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export class GitError extends Error {
  override name = 'GitError'
  readonly stderr: string
  readonly exitCode: number | null

  constructor(command: string, exitCode: number | null, stderr: string) {
    super(`git ${command} failed (${exitCode ?? 'killed'}): ${stderr.trim().slice(0, 2000)}`)
    this.stderr = stderr
    this.exitCode = exitCode
  }
}

export interface GitOptions {
  /** Git directory. */
  gitDir: string
  signal?: AbortSignal
  env?: Record<string, string>
  /** Most memory in bytes and processor time in seconds; git fails or is killed when it needs more. */
  bounds?: { memory: number; seconds: number }
  /** Nobody waits for it: it takes what processor others leave. */
  behind?: boolean
  /** In a process group of its own, for what has helpers of its own: whoever ends it has to end the group. */
  group?: boolean
}

/** Stock git with an environment of its own: no user or system configuration, no prompt, no hook. */
export function spawnGit(
  args: string[],
  { gitDir, signal, env, bounds, group, behind }: GitOptions,
): ChildProcessWithoutNullStreams {
  const command = ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0', ...args]
  const [program = '', ...rest] = bounds ? [...withBounds(bounds), ...command] : command
  const child = spawn(program, rest, {
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      HOME: '/nonexistent',
      GIT_DIR: gitDir,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      ...certificateEnv(),
      ...env,
    },
    stdio: 'pipe',
    signal,
    detached: group ?? false,
  })
  if (behind && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  return child
}

/** Runs git to its end. Throws a `GitError` on any exit code but 0. */
export async function git(
  args: string[],
  options: GitOptions & { input?: Readable | Uint8Array },
): Promise<Buffer> {
  const child = spawnGit(args, options)
  const exited = once(child, 'close') as Promise<[number | null]>
  const feed = options.input instanceof Uint8Array ? [options.input] : (options.input ?? [])
  const [stdout, stderr, , [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    // Git may end before it has read all: its exit code tells why.
    pipeline(feed, child.stdin).catch(async (error: unknown) => {
      if (isBrokenPipe(error)) return
      child.kill('SIGKILL')
      // Its folder may be removed as soon as this has failed.
      await exited
      throw error
    }),
    exited,
  ])
  if (code !== 0) throw new GitError(args[0] ?? '', code, stderr.toString())
  return stdout
}

/** The shell sets the bounds and becomes the command. Where a bound is not known (memory on macOS) it is not set. */
function withBounds({ memory, seconds }: { memory: number; seconds: number }): string[] {
  const script = 'ulimit -v "$1" 2>/dev/null; ulimit -t "$2" 2>/dev/null; shift 2; exec "$@"'
  return ['sh', '-c', script, 'sh', String(Math.floor(memory / 1024)), String(seconds)]
}

function isBrokenPipe(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}

/** The operator's own certificate authorities and proxies count for git too. */
function certificateEnv(): Record<string, string> {
  const names = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'https_proxy', 'http_proxy', 'no_proxy']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
