import { listProcesses, programName } from '../processes/process-table.ts'
import type { Process } from '../processes/process-table.ts'

/** Share of one processor above which a program is at work, and not only there. */
const BUSY_SHARE = 0.03
/** What the kernel counts processor time in: 100 ticks a second on every Linux that Node runs on. */
const TICK_MS = 10

/**
 * Tells what is busy in the sessions of terminals: its processes, with the children that have ended, took more than a
 * token of a processor's time since the last call. An editor or a server that waits is not busy.
 */
export function createJobs(sessions: () => ReadonlySet<number>): () => Promise<string | null> {
  let before = new Map<number, number>()
  let lookedAt = performance.now()

  return async () => {
    const own = sessions()
    const processes = (await listProcesses()).filter(({ session }) => own.has(session))
    const now = performance.now()
    const enough = ((now - lookedAt) * BUSY_SHARE) / TICK_MS
    const spent = new Map<number, number>()
    for (const { session, ticks } of processes) spent.set(session, (spent.get(session) ?? 0) + ticks)
    const busy = [...spent].find(([session, ticks]) => ticks - (before.get(session) ?? ticks) > enough)
    before = spent
    lookedAt = now
    return busy ? programName(youngest(processes, busy[0])) : null
  }
}

/** What a person would name: a shell's program, a build's compiler. */
function youngest(processes: Process[], session: number): Process {
  const members = processes.filter((process) => process.session === session)
  return members.reduce((a, b) => (Number(b.startedAt) >= Number(a.startedAt) ? b : a))
}
