import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AppError, messageOf } from '../errors.ts'
import { unpack } from './jobs.ts'
import type { JobName, Jobs, Outcome } from './jobs.ts'
import { LIMITS } from './limits.ts'

/** Templates that are worked on at once. */
const THREADS = 2

/**
 * Works on templates in threads of their own: a template may come from anywhere, and none of its patterns, texts or
 * documents keeps the platform waiting. A thread that takes too long or too much memory is ended.
 */
export class TemplateEngine implements AsyncDisposable {
  readonly #idle: Worker[] = []
  readonly #waiting: (() => void)[] = []
  readonly #all = new Set<Worker>()
  #busy = 0
  #isClosed = false

  /** Throws an `AppError` that says what is wrong with the template, or with what is asked of it. */
  async run<J extends JobName>(job: J, ...given: Parameters<Jobs[J]>): Promise<ReturnType<Jobs[J]>> {
    if (this.#busy >= THREADS) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#busy += 1
    try {
      const worker = this.#idle.pop() ?? (await this.#start())
      const outcome = await this.#ask(worker, job, given)
      if (!this.#isClosed) this.#idle.push(worker)
      return unpack(outcome) as ReturnType<Jobs[J]>
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#busy -= 1
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#all].map((worker) => worker.terminate()))
  }

  async #start(): Promise<Worker> {
    if (this.#isClosed) throw new AppError(503, 'closing', 'CodeNest is stopping. Try again in a moment.')
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: LIMITS.memory, maxYoungGenerationSizeMb: 32 },
    })
    worker.unref()
    this.#all.add(worker)
    worker.once('exit', () => this.#all.delete(worker))
    await once(worker, 'message')
    return worker
  }

  async #ask(worker: Worker, job: JobName, given: unknown[]): Promise<Outcome> {
    const ended = new AbortController()
    const { time } = LIMITS
    const timer = setTimeout(() => ended.abort(), time)
    try {
      const answer = once(worker, 'message', { signal: ended.signal }) as Promise<[Outcome]>
      const died = once(worker, 'exit', { signal: ended.signal }).then(() => {
        throw refused('it ended before it was done')
      })
      died.catch(() => {})
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ job, given })
      const [outcome] = await Promise.race([answer, died])
      return outcome
    } catch (error) {
      await worker.terminate()
      if (error instanceof AppError) throw error
      if (ended.signal.aborted) throw refused(`it takes more than ${time / 1000} seconds`, error)
      if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw refused('it takes more memory than a template may', error)
      throw refused(messageOf(error), error)
    } finally {
      clearTimeout(timer)
      ended.abort()
    }
  }
}

function refused(why: string, cause?: unknown): AppError {
  return new AppError(422, 'template_failed', `The template cannot be used: ${why}.`, { cause })
}
