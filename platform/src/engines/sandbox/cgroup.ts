import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../../errors.ts'

const CPU_PERIOD_US = 100_000
/** Half of a normal group's share: on a busy machine the platform comes first. */
const V1_SHARES = 512
const V2_WEIGHT = 50
/** Milliseconds in which killed processes leave their group; one that waits for a device takes longer. */
const LEAVE_MS = 5_000
const POLL_MS = 20

export interface Limits {
  /** Processors; fractions are shares of time. */
  cpu: number
  /** Bytes, page cache included. */
  memory: number
  /** Processes and threads together. */
  processes: number
}

/** Files of the limits' controllers, relative to the groups' folders. */
export interface GroupFiles {
  version: 1 | 2
  /** One folder in version 2; in version 1 one for each controller. */
  cpu: string
  memory: string
  pids: string
}

/** The processes of one workspace, limited together. */
export class Cgroup {
  readonly #files: GroupFiles

  constructor(files: GroupFiles) {
    this.#files = files
  }

  /** A process that writes 0 to each of these files joins, and all that it starts. */
  get joinFiles(): string[] {
    return this.#folders.map((folder) => `${folder}/cgroup.procs`)
  }

  async create(limits: Limits): Promise<void> {
    for (const folder of this.#folders) await mkdir(folder, { recursive: true })
    await this.limit(limits)
  }

  /** May be repeated while processes run. */
  async limit({ cpu, memory, processes }: Limits): Promise<void> {
    const files = this.#files
    const quota = Math.round(cpu * CPU_PERIOD_US)
    await writeFile(`${files.pids}/pids.max`, `${processes}`)
    if (files.version === 2) {
      await writeFile(`${files.memory}/memory.max`, `${memory}`)
      await writeOptional(`${files.memory}/memory.swap.max`, '0')
      await writeFile(`${files.cpu}/cpu.max`, `${quota} ${CPU_PERIOD_US}`)
      await writeFile(`${files.cpu}/cpu.weight`, `${V2_WEIGHT}`)
      return
    }
    // The limit with swap may never be below the one without: when both fall the former goes first, else last.
    const withSwap = `${files.memory}/memory.memsw.limit_in_bytes`
    await writeOptional(withSwap, `${memory}`)
    await writeFile(`${files.memory}/memory.limit_in_bytes`, `${memory}`)
    await writeOptional(withSwap, `${memory}`)
    await writeFile(`${files.cpu}/cpu.cfs_period_us`, `${CPU_PERIOD_US}`)
    await writeFile(`${files.cpu}/cpu.cfs_quota_us`, `${quota}`)
    await writeFile(`${files.cpu}/cpu.shares`, `${V1_SHARES}`)
  }

  /** How often the kernel ended a process of the group because its memory was used up. */
  async memoryKills(): Promise<number> {
    const { version, memory } = this.#files
    const name = version === 2 ? 'memory.events' : 'memory.oom_control'
    const text = await readFile(`${memory}/${name}`, 'utf8').catch(() => '')
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)
  }

  /** Ends what is left in the group, and the group. */
  async [Symbol.asyncDispose](): Promise<void> {
    const deadline = performance.now() + LEAVE_MS
    // Nothing that is being killed may start another one.
    await writeOptional(`${this.#files.pids}/pids.max`, '0')
    for (;;) {
      await this.#kill()
      const busy = await Promise.all(this.#folders.map(remove))
      if (!busy.includes(true)) return
      if (performance.now() > deadline) throw new Error('processes of a workspace cannot be ended')
      await delay(POLL_MS)
    }
  }

  get #folders(): string[] {
    const { cpu, memory, pids } = this.#files
    return [...new Set([cpu, memory, pids])]
  }

  async #kill(): Promise<void> {
    const { version, pids } = this.#files
    if (version === 2) return writeOptional(`${pids}/cgroup.kill`, '1')
    const members = await readFile(`${pids}/cgroup.procs`, 'utf8').catch(() => '')
    for (const pid of members.split('\n').map(Number).filter(Boolean)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    }
  }
}

/** True while somebody is in it. */
async function remove(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
  } catch (error) {
    if (isErrno(error, 'EBUSY')) return true
    if (!isErrno(error, 'ENOENT')) throw error
  }
  return false
}

/** For a file that not every kernel has, or that another one already implies. */
async function writeOptional(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch(() => {})
}
