import { stat } from 'node:fs/promises'

const REMEMBERED = 1_000

/** Tells the watcher's echo of the runner's own writes from changes that somebody else made. */
export interface OwnWrites {
  record(path: string): Promise<void>
  /** True while the file is still exactly what was recorded. */
  isCurrent(path: string): Promise<boolean>
}

export function createOwnWrites(): OwnWrites {
  const stamps = new Map<string, string>()

  async function record(path: string): Promise<void> {
    const stamp = await stampOf(path)
    stamps.delete(path)
    if (stamp !== null) stamps.set(path, stamp)
    const [oldest] = stamps.keys()
    if (stamps.size > REMEMBERED && oldest !== undefined) stamps.delete(oldest)
  }

  async function isCurrent(path: string): Promise<boolean> {
    const stamp = stamps.get(path)
    return stamp !== undefined && stamp === (await stampOf(path))
  }

  return { record, isCurrent }
}

async function stampOf(path: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs, mode } = await stat(path, { bigint: true })
    return `${ino}:${size}:${mtimeNs}:${mode}`
  } catch {
    return null
  }
}
