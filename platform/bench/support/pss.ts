import { readdir, readFile } from 'node:fs/promises'

interface Process {
  pid: number
  parent: number
  name: string
}

/** The processes below `root`, itself not among them. Linux only: reads `/proc`. */
export async function descendantsOf(root: number): Promise<Process[]> {
  const all: Process[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    const end = stat.lastIndexOf(')')
    const parent = Number(stat.slice(end + 2).split(' ')[1])
    all.push({ pid: Number(entry), parent, name: stat.slice(stat.indexOf('(') + 1, end) })
  }
  const found = new Set<Process>()
  for (let grown = true; grown;) {
    grown = false
    for (const each of all) {
      if (found.has(each)) continue
      if (each.parent !== root && ![...found].some(({ pid }) => pid === each.parent)) continue
      found.add(each)
      grown = true
    }
  }
  return [...found]
}

/** Proportional megabytes of these processes together: what is shared counts once among those who share it. */
export async function megabytesOf(pids: number[]): Promise<number> {
  let kilobytes = 0
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  }
  return kilobytes / 1024
}
