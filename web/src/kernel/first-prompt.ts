import { onCleanup } from 'solid-js'
import type { Readiness } from './readiness.ts'

/** A workspace that does not start has no prompt either. */
const LONGEST_MILLISECONDS = 3_000
const AFTER_READY_MILLISECONDS = 400

export interface FirstPrompt {
  /** Resolves when a terminal is on the screen, or would be by now: what takes the page's only thread may begin. */
  shown: Promise<void>
  /** Something was drawn in a terminal. */
  notice: () => void
}

/** The editor's code takes longer to start than everything else together, and nobody types into it first. */
export function createFirstPrompt(readiness: Readiness): FirstPrompt {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timers = [setTimeout(resolve, LONGEST_MILLISECONDS)]
  const stop = readiness.onReady(() => {
    stop()
    timers.push(setTimeout(resolve, AFTER_READY_MILLISECONDS))
  })
  onCleanup(() => {
    stop()
    timers.forEach(clearTimeout)
  })
  return { shown: promise, notice: resolve }
}
