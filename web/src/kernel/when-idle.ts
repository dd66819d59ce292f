const FALLBACK_MILLISECONDS = 200

/** Runs once when the browser has nothing better to do. The result calls it off. */
export function whenIdle(run: () => void): () => void {
  if ('requestIdleCallback' in window) {
    const handle = requestIdleCallback(run, { timeout: 2_000 })
    return () => cancelIdleCallback(handle)
  }
  const timer = setTimeout(run, FALLBACK_MILLISECONDS)
  return () => clearTimeout(timer)
}
