import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A folder that is gone when the test that `await using`s it ends. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'cn-'))
  // A git that a killed process had started may still be writing.
  const retries = { maxRetries: 10, retryDelay: 50 }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, ...retries }) }
}

/** Stock git with a configuration of its own; resolves to its output without the last newline. */
export async function stockGit(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, {
    cwd,
    maxBuffer: 256 * 1024 * 1024,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      // A clone in a sandbox belongs to the user of its workspace, and only that one may write into it.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      LANG: 'C.UTF-8',
    },
  })
  return stdout.replace(/\n$/, '')
}

/** The same with something on its standard input; resolves to all the bytes it printed. */
export async function pipeGit(cwd: string, input: Buffer, ...args: string[]): Promise<Buffer> {
  const child = execFile('git', args, { cwd, encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 }, () => {})
  child.stdin?.end(input)
  if (!child.stdout) throw new Error('no output')
  return buffer(child.stdout)
}
