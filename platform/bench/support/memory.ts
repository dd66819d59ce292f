import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds between two looks. */
const INTERVAL = 20

export interface MemoryPeak {
  /** Resident megabytes above those before the work: of the process alone. */
  own: number
  /** And with all its children. */
  tree: number
}

/** The most resident memory that a process gains while `work` runs. Linux only: reads `/proc`. */
export async function watchMemory(pid: number, work: () => Promise<unknown>): Promise<MemoryPeak> {
  const before = await resident(pid)
  const peak = { own: 0, tree: 0 }
  const done = new AbortController()
  const watching = (async () => {
    while (!done.signal.aborted) {
      const now = await resident(pid)
      peak.own = Math.max(peak.own, now.own - before.own)
      peak.tree = Math.max(peak.tree, now.tree - before.tree)
      await delay(INTERVAL)
    }
  })()
  try {
    await work()
  } finally {
    done.abort()
    await watching
  }
  return peak
}

async function resident(root: number): Promise<MemoryPeak> {
  const processes = new Map<number, { parent: number; megabytes: number }>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '')
    const number = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1])
    processes.set(Number(name), { parent: number('PPid'), megabytes: number('VmRSS') / 1024 || 0 })
  }
  const isBelow = (pid: number): boolean => {
    if (pid === root) return true
    const known = processes.get(pid)
    return known !== undefined && known.parent > 0 && isBelow(known.parent)
  }
  let tree = 0
  for (const [pid, { megabytes }] of processes) if (isBelow(pid)) tree += megabytes
  return { own: processes.get(root)?.megabytes ?? 0, tree }
}
