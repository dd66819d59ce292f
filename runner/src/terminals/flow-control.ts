/** A viewer further behind than this pauses the process; one closer than that lets it go on (UTF-16 units). */
export const PAUSE_ABOVE = 100_000
export const RESUME_BELOW = 5_000

/** Counts what each viewer has not yet acknowledged; the slowest one decides. Without viewers nothing pauses. */
export interface FlowControl {
  add(viewer: string): void
  /** A new process runs: it is not paused, whatever the viewers still have to read. */
  restart(): void
  remove(viewer: string): void
  sent(chars: number): void
  acknowledged(viewer: string, chars: number): void
}

export function createFlowControl(pty: { pause(): void; resume(): void }): FlowControl {
  const behind = new Map<string, number>()
  let paused = false

  function update(): void {
    const slowest = Math.max(0, ...behind.values())
    if (!paused && slowest > PAUSE_ABOVE) {
      paused = true
      pty.pause()
    } else if (paused && slowest < RESUME_BELOW) {
      paused = false
      pty.resume()
    }
  }

  return {
    add(viewer) {
      behind.set(viewer, 0)
      update()
    },
    restart() {
      paused = false
      update()
    },
    remove(viewer) {
      behind.delete(viewer)
      update()
    },
    sent(chars) {
      for (const [viewer, count] of behind) behind.set(viewer, count + chars)
      update()
    },
    acknowledged(viewer, chars) {
      const count = behind.get(viewer)
      if (count !== undefined) behind.set(viewer, Math.max(0, count - chars))
      update()
    },
  }
}
