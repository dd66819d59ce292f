export interface Debounced {
  /** Asks for a run: `quiet` ms after the last call, at most `limit` ms after the first. */
  schedule: () => void
  /** Forgets what was asked for. */
  cancel: () => void
}

/** `run` must not throw. Times are milliseconds. */
export function debounce(run: () => void, quiet: number, limit: number): Debounced {
  let timer: NodeJS.Timeout | null = null
  let first = 0

  function cancel(): void {
    if (timer) clearTimeout(timer)
    timer = null
  }

  function schedule(): void {
    const now = performance.now()
    if (timer) clearTimeout(timer)
    else first = now
    const delay = Math.max(0, Math.min(quiet, first + limit - now))
    timer = setTimeout(() => {
      timer = null
      run()
    }, delay)
  }

  return { schedule, cancel }
}
