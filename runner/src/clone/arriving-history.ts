import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from '../errors.ts'
import { fetchBehind } from '../git/fetch.ts'
import { listRemoteRefs } from '../git/ls-refs.ts'
import type { Remote } from '../git/remote.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'
import type { Logger } from '../log.ts'
import type { UserRefs } from '../saves/user-refs.ts'
import { createSerial } from '../serial.ts'

/** Milliseconds until it is tried again; the remote tells when it has more, but a fetch may fail. */
const AGAIN_MS = 30_000
const FOLLOWS = /^refs\/(tags|remotes\/origin)\//

export interface ArrivingOptions {
  layout: Layout
  remote: Remote
  userRefs: UserRefs
  onArrived: () => void
  log: Logger
  signal: AbortSignal
}

/**
 * The history of a clone that began with its newest commit. It is fetched behind who works there, without a touch of
 * HEAD, index or any ref that there is; branches and tags of the upstream come with it.
 */
export class ArrivingHistory {
  readonly #options: ArrivingOptions
  readonly #serial = createSerial()
  #again: NodeJS.Timeout | null = null

  constructor(options: ArrivingOptions) {
    this.#options = options
  }

  /** Fetches what the remote has of it by now. Failures go to the log; it is tried again until everything is here. */
  async check(): Promise<void> {
    await this.#serial(async () => {
      const { layout, onArrived, log, signal } = this.#options
      if (this.#again) clearTimeout(this.#again)
      if (signal.aborted || !(await isHistoryArriving(layout))) return
      try {
        if (await this.#fetch()) return onArrived()
      } catch (error) {
        if (signal.aborted) return
        log.warn({ err: error }, 'the history of the repository could not be fetched')
      }
      this.#again = setTimeout(() => void this.check(), AGAIN_MS)
      this.#again.unref()
    })
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#serial(async () => undefined)
  }

  /** True when all of it is here. */
  async #fetch(): Promise<boolean> {
    const { layout, remote, userRefs, signal } = this.#options
    const { refs } = await listRemoteRefs(remote, signal)
    const wanted = [...refs].filter(([ref]) => FOLLOWS.test(ref) || ref.startsWith('refs/heads/'))
    const own = join(layout.gitDir, 'shallow')
    if (await isThere(own)) {
      const names = wanted.map(([ref]) => ref)
      await fetchBehind(layout.gitDir, remote, ['--unshallow', '--refmap='], names, signal)
    }
    // The remote itself may not have it yet; it tells when it has.
    if (await isThere(own)) return false
    await rm(boundaryOf(layout), { force: true })
    const local = await userRefs.local()
    const missing = wanted.filter(([ref]) => FOLLOWS.test(ref) && !local.has(ref))
    // Known first, or they would look like news for the remote.
    userRefs.learn(refs)
    const input = missing.map(([ref, oid]) => `create ${ref} ${oid}\n`).join('')
    await git(['update-ref', '--stdin'], { gitDir: layout.gitDir, input, signal })
    return true
  }
}

/** Whether a clone began with its newest commit, and what came before that is not here yet. */
export function isHistoryArriving(layout: Layout): Promise<boolean> {
  return isThere(boundaryOf(layout))
}

/** The shadow's: the user's own may come and go by their own commands. */
function boundaryOf(layout: Layout): string {
  return join(layout.shadow, 'shallow')
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
