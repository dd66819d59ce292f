/** A viewer further behind than this pauses the process; one closer than that lets it go on (UTF-16 units). */
export const PAUSE_ABOVE = 256 * 1024
export const RESUME_BELOW = 128 * 1024
/** Nobody holds the process for longer than this, in milliseconds. */
export const PATIENCE_MS = 2_000

/** Counts what each viewer has not yet acknowledged; the slowest one decides. Without viewers nothing pauses. */
export interface FlowControl {
  add(viewer: string): void
  remove(viewer: string): void
  sent(viewer: string, chars: number): void
  acknowledged(viewer: string, chars: number): void
  /** A new process runs: it is not paused. */
  restart(): void
  dispose(): void
}

export interface FlowListener {
  pause(): void
  resume(): void
  /** It held the process for too long and does not count any more; it should be sent nothing. */
  onStale(viewer: string): void
  /** It has caught up with what it was sent, and counts again. */
  onCaughtUp(viewer: string): void
}

export function createFlowControl(on: FlowListener): FlowControl {
  const behind = new Map<string, number>()
  const stale = new Set<string>()
  let patience: NodeJS.Timeout | null = null

  function update(): void {
    const slowest = Math.max(0, ...[...behind].map(([viewer, chars]) => (stale.has(viewer) ? 0 : chars)))
    if (!patience && slowest > PAUSE_ABOVE) {
      patience = setTimeout(giveUp, PATIENCE_MS)
      on.pause()
    } else if (patience && slowest < RESUME_BELOW) {
      clearTimeout(patience)
      patience = null
      on.resume()
    }
  }

  function giveUp(): void {
    for (const [viewer, chars] of behind) {
      if (stale.has(viewer) || chars < RESUME_BELOW) continue
      stale.add(viewer)
      on.onStale(viewer)
    }
    update()
  }

  return {
    add(viewer) {
      behind.set(viewer, 0)
      stale.delete(viewer)
      update()
    },
    remove(viewer) {
      behind.delete(viewer)
      stale.delete(viewer)
      update()
    },
    sent(viewer, chars) {
      behind.set(viewer, (behind.get(viewer) ?? 0) + chars)
      update()
    },
    acknowledged(viewer, chars) {
      const count = behind.get(viewer)
      if (count === undefined) return
      const left = Math.max(0, count - chars)
      behind.set(viewer, left)
      if (left < RESUME_BELOW && stale.delete(viewer)) on.onCaughtUp(viewer)
      update()
    },
    restart() {
      if (patience) clearTimeout(patience)
      patience = null
      update()
    },
    dispose() {
      if (patience) clearTimeout(patience)
      patience = null
    },
  }
}
