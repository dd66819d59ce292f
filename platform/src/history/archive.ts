import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../errors.ts'
import { GitError, spawnGit } from '../git/git-process.ts'
import type { Views } from '../git/views.ts'
import type { HeadVersion } from '../git/repository.ts'

/** Archives that are made at the same time; each is a process that compresses. */
const AT_ONCE = 2
/** Milliseconds in which a client takes something, or has gone. */
const SILENCE = 60_000
/** More that may wait for their turn. */
const WAITING = 16

export interface ArchiveRequest {
  repository: string
  version: HeadVersion
  commit: string
  /** Folder that everything is in; without slashes. */
  folder: string
}

/** Makes zips of commits, a few at a time, without ever holding one in memory or on disk. */
export class Archives {
  readonly #views: Views
  readonly #waiting: PromiseWithResolvers<void>[] = []
  #running = 0

  constructor(views: Views) {
    this.#views = views
  }

  /**
   * Writes a zip with every file byte for byte: no attribute of the files has a say in it. Ends git when `signal` does.
   * Throws an `AppError` when too many wait already.
   */
  async write(
    { repository, version, commit, folder }: ArchiveRequest,
    output: Writable,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#enter(signal)
    try {
      await this.#views.use(repository, version, (gitDir) => archive(gitDir, commit, folder, output, signal))
    } finally {
      const next = this.#waiting.shift()
      if (next) next.resolve()
      else this.#running -= 1
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#running < AT_ONCE) this.#running += 1
    else {
      if (this.#waiting.length >= WAITING)
        throw new AppError(
          503,
          'busy',
          'Too many downloads are being made at the moment. Try again in a minute.',
        )
      const turn = Promise.withResolvers<void>()
      this.#waiting.push(turn)
      const leave = (): void => {
        const at = this.#waiting.indexOf(turn)
        if (at === -1) return
        this.#waiting.splice(at, 1)
        turn.reject(signal.reason as Error)
      }
      signal.addEventListener('abort', leave, { once: true })
      try {
        await turn.promise
      } finally {
        signal.removeEventListener('abort', leave)
      }
    }
  }
}

async function archive(
  gitDir: string,
  commit: string,
  folder: string,
  output: Writable,
  signal: AbortSignal,
): Promise<void> {
  const stalled = new AbortController()
  const watch = setTimeout(() => stalled.abort(), SILENCE)
  const ends = AbortSignal.any([signal, stalled.signal])
  // Files above this size are streamed by git too.
  const options = ['-c', 'core.bigFileThreshold=16m']
  const child = spawnGit([...options, 'archive', '--format=zip', `--prefix=${folder}/`, commit], {
    gitDir,
    signal: ends,
  })
  let problem: unknown = null
  child.on('error', (error) => (problem = error))
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)))
  child.stdin.on('error', () => {})
  child.stdin.end()
  try {
    // Git is read from when the client has taken what came before.
    child.stdout.on('data', () => watch.refresh())
    await pipeline(child.stdout, output, { signal: ends, end: false })
  } catch (error) {
    problem ??= error
    child.kill('SIGKILL')
  }
  const code = await closed
  clearTimeout(watch)
  if (problem !== null) throw problem
  // The end of the answer says that it is whole, so it is not written before git has said so.
  if (code !== 0) throw new GitError('archive', code, stderr)
  output.end()
}
