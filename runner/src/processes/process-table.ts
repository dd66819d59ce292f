import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Process {
  pid: number
  parent: number
  session: number
  name: string
  /** Tells a process from a later one of the same pid: clock ticks since boot. */
  startedAt: string
  /** Processor time that it and its ended children took, in the kernel's ticks. */
  ticks: number
}

const POLL_MS = 25
/** A process that survives SIGKILL this long waits for a device; nobody can end it. */
const UNKILLABLE_MS = 2_000

/** All processes that can be seen; none where the system has no /proc. */
export async function listProcesses(): Promise<Process[]> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^\d+$/.test(name))
  const processes = await Promise.all(pids.map(readProcess))
  return processes.filter((process) => process !== null)
}

/** Processes of the sessions and everything that descends from the roots, without the roots themselves. */
export function selectTree(processes: Process[], roots: Set<number>, sessions: Set<number>): Process[] {
  const selected = new Set(processes.filter((each) => sessions.has(each.session)))
  const known = new Set([...roots, ...[...selected].map((each) => each.pid)])
  for (let grown = true; grown;) {
    grown = false
    for (const process of processes) {
      if (selected.has(process) || !known.has(process.parent)) continue
      selected.add(process)
      known.add(process.pid)
      grown = true
    }
  }
  return [...selected].filter((each) => !roots.has(each.pid))
}

/**
 * What a person calls it: the program that was started, not the name of its main thread, which Node and others set to
 * something else.
 */
export async function programName({ pid, name }: Process): Promise<string> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const [program = ''] = commandLine.split('\0')
  return basename(program.split(' ')[0] ?? '') || name
}

/**
 * Ends the session that `leader` leads and all that descends from it: `signal` first, SIGKILL after `grace` ms.
 * Resolves when all are gone, or cannot be ended.
 */
export async function endSession(leader: number, signal: NodeJS.Signals, grace: number): Promise<void> {
  const tree = selectTree(await listProcesses(), new Set(), new Set([leader]))
  // Without /proc the process group has to do.
  if (tree.length === 0) signalQuietly(-leader, signal)
  await endAll(tree, signal, grace)
}

/** Ends all processes that have `name` with this value in the environment that they were started with, likewise. */
export async function endMarked(
  name: string,
  value: string,
  signal: NodeJS.Signals,
  grace: number,
): Promise<void> {
  const marked = await Promise.all(
    (await listProcesses()).map(async (process) => {
      return (await hasVariable(process.pid, name, value)) ? process : null
    }),
  )
  await endAll(
    marked.filter((process) => process !== null),
    signal,
    grace,
  )
}

/** True when the process was started with this in its environment; of somebody else's that cannot be read. */
export async function hasVariable(pid: number, name: string, value: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  return environment.split('\0').includes(`${name}=${value}`)
}

async function endAll(processes: Process[], signal: NodeJS.Signals, grace: number): Promise<void> {
  for (const { pid } of processes) signalQuietly(pid, signal)
  const deadline = performance.now() + grace
  for (let alive = processes; alive.length > 0; alive = await stillAlive(alive)) {
    if (performance.now() > deadline + UNKILLABLE_MS) return
    if (performance.now() > deadline) for (const { pid } of alive) signalQuietly(pid, 'SIGKILL')
    await delay(POLL_MS)
  }
}

async function stillAlive(processes: Process[]): Promise<Process[]> {
  const now = await Promise.all(processes.map(({ pid }) => readProcess(String(pid))))
  return processes.filter((process, index) => now[index]?.startedAt === process.startedAt)
}

async function readProcess(pid: string): Promise<Process | null> {
  let stat: string
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  // The name stands in parentheses and may hold spaces and parentheses itself.
  const nameEnd = stat.lastIndexOf(')')
  const fields = stat.slice(nameEnd + 2).split(' ')
  // A zombie is gone but for its parent, which may never look.
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    session: Number(fields[3]),
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    startedAt: fields[19] ?? '',
    ticks: fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0),
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended meanwhile.
  }
}
