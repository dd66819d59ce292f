import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import type { Readable, Writable } from 'node:stream'

export interface GitOptions {
  /** The repository (GIT_DIR). */
  gitDir?: string
  workTree?: string
  indexFile?: string
  cwd?: string
  /** Configuration for this command only; passed by environment, so that secrets stay out of argv and of files. */
  config?: [key: string, value: string][]
  /** Reads the user's own configuration too (their global ignores); off by default. */
  userConfig?: boolean
  env?: Record<string, string>
  input?: string | Buffer
  /** Nobody waits for it: it takes what processor others leave. */
  behind?: boolean
  signal?: AbortSignal
  /** Exit codes that are answers, not errors; [0] by default. */
  allowedCodes?: number[]
}

export interface GitResult {
  stdout: Buffer
  stderr: string
  code: number
}

/** git ended with an exit code that is not an answer, or did not start. */
export class GitError extends Error {
  override name = 'GitError'
  readonly code: number | null
  readonly stderr: string

  constructor(command: string, code: number | null, stderr: string) {
    super(`git ${command} failed (${code ?? 'signal'}): ${stderr.trim().slice(0, 2000)}`)
    this.code = code
    this.stderr = stderr
  }
}

/** What git says of a disk that has no room; it has other words, too. */
export const DISK_FULL = /No space left on device|Out of diskspace|Disk quota exceeded/i

export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>

/** The runner's own commands run no hooks, start no maintenance and ask nobody for anything. */
const OWN_CONFIG: [string, string][] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['credential.helper', ''],
  ['safe.directory', '*'],
  ['advice.detachedHead', 'false'],
]

export function startGit(args: string[], options: GitOptions = {}): GitProcess {
  const child = spawn('git', args, {
    cwd: options.cwd ?? options.workTree ?? options.gitDir,
    env: gitEnvironment(options),
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: options.signal,
  })
  if (options.behind && child.pid !== undefined)
    setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  // A child that ends without reading its input is judged by its exit code, not by the broken pipe.
  child.stdin.on('error', () => undefined)
  return child
}

/** Runs git to its end. Throws `GitError`, or the signal's reason when aborted. */
export async function git(args: string[], options: GitOptions = {}): Promise<GitResult> {
  const child = startGit(args, options)
  child.stdin.end(options.input ?? '')
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    exitCode(child),
  ]).catch((error: unknown) => {
    options.signal?.throwIfAborted()
    throw error
  })
  const result = { stdout, stderr: stderr.toString('utf8'), code: code ?? -1 }
  if (code === null || !(options.allowedCodes ?? [0]).includes(code)) {
    throw new GitError(args[0] ?? '', code, result.stderr)
  }
  return result
}

export async function exitCode(child: GitProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}

export async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream))
}

function gitEnvironment(options: GitOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_'))
  const config = [...OWN_CONFIG, ...(options.config ?? [])]
  return {
    ...Object.fromEntries(inherited),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    ...(options.userConfig ? {} : { GIT_CONFIG_GLOBAL: '/dev/null' }),
    ...(options.gitDir ? { GIT_DIR: options.gitDir } : {}),
    ...(options.workTree ? { GIT_WORK_TREE: options.workTree } : {}),
    ...(options.indexFile ? { GIT_INDEX_FILE: options.indexFile } : {}),
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    ...options.env,
  }
}
