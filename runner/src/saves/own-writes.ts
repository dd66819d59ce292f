import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'

const REMEMBERED = 1_000

/** Tells the watcher's echo of the runner's own writes from changes that somebody else made. */
export interface OwnWrites {
  /** `written`: what the file was before anybody else could touch it, or their change would pass for the runner's. */
  record(path: string, written: BigIntStats): void
  /** True while the file is still exactly what was recorded. */
  isCurrent(path: string): Promise<boolean>
}

export function createOwnWrites(): OwnWrites {
  const stamps = new Map<string, string>()

  function record(path: string, written: BigIntStats): void {
    stamps.delete(path)
    stamps.set(path, stampOf(written))
    const [oldest] = stamps.keys()
    if (stamps.size > REMEMBERED && oldest !== undefined) stamps.delete(oldest)
  }

  async function isCurrent(path: string): Promise<boolean> {
    const stamp = stamps.get(path)
    if (stamp === undefined) return false
    const now = await stat(path, { bigint: true }).catch(() => null)
    return now !== null && stamp === stampOf(now)
  }

  return { record, isCurrent }
}

function stampOf({ ino, size, mtimeNs, mode }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}:${mode}`
}
