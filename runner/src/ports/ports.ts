import { readdir, readlink } from 'node:fs/promises'

import { hasVariable, listProcesses, programName, selectTree } from '../processes/process-table.ts'
import type { Process } from '../processes/process-table.ts'
import type { PortInfo } from '../protocol.ts'
import { readListeningSockets } from './listening-sockets.ts'
import type { ListeningSocket } from './listening-sockets.ts'

const POLL_MS = 1_000

export interface OpenPort extends PortInfo {
  hosts: string[]
  /** Of its sockets. */
  inodes: string[]
}

export interface PortsOptions {
  workspace: string
  /** Sessions of the workspace's terminals. */
  sessions: () => ReadonlySet<number>
  /** True while somebody wants to know: a page is connected or a run is under way. */
  wanted: () => boolean
  onChange: () => void
}

/** The ports that processes of this workspace listen on; the runner's own are not among them. */
export class Ports {
  readonly #options: PortsOptions
  /** Name of the process that owns a socket, by inode; null for sockets of others. */
  readonly #owners = new Map<string, { process: string } | null>()
  #open: OpenPort[] = []
  /** Name of the process that listened last, by port, of those that nothing listens on now. */
  readonly #closed = new Map<number, string>()
  #timer: NodeJS.Timeout | null = null
  #scanning: Promise<void> | null = null

  constructor(options: PortsOptions) {
    this.#options = options
  }

  get list(): PortInfo[] {
    return this.#open.map(({ port, process, addresses, openedAt }) => ({
      port,
      process,
      addresses,
      openedAt,
    }))
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#options.wanted()) void this.#scan()
    }, POLL_MS)
  }

  /** Looks now, instead of at the next poll. */
  poll(): void {
    void this.#scan()
  }

  /** Name of the process that listened at `port` before; null when none did. */
  lastListener(port: number): string | null {
    return this.#closed.get(port) ?? null
  }

  /** The addresses an app listens on at `port`; null when none does. An unknown port is looked for once. */
  async find(port: number): Promise<OpenPort | null> {
    const known = this.#open.find((open) => open.port === port)
    if (known) return known
    await this.#scanning
    for (const [inode, owner] of this.#owners) if (owner === null) this.#owners.delete(inode)
    await this.#scan()
    return this.#open.find((open) => open.port === port) ?? null
  }

  dispose(): void {
    if (this.#timer) clearInterval(this.#timer)
  }

  #scan(): Promise<void> {
    this.#scanning ??= this.#scanOnce().finally(() => {
      this.#scanning = null
    })
    return this.#scanning
  }

  async #scanOnce(): Promise<void> {
    const sockets = await readListeningSockets()
    await this.#findOwners(sockets)
    const now = Date.now()
    const open = new Map<number, OpenPort>()
    for (const { address, host, port, inode } of sockets) {
      const owner = this.#owners.get(inode)
      if (!owner) continue
      const known = open.get(port)
      // Several processes of one app may share an address.
      const addresses = [...new Set([...(known?.addresses ?? []), address])].sort()
      const hosts = [...(known?.hosts ?? []), host]
      const inodes = [...(known?.inodes ?? []), inode]
      open.set(port, { port, process: owner.process, addresses, openedAt: now, hosts, inodes })
    }
    for (const before of this.#open) {
      const same = open.get(before.port)
      if (same?.inodes.some((inode) => before.inodes.includes(inode))) same.openedAt = before.openedAt
    }
    const before = JSON.stringify(this.list)
    for (const { port, process } of this.#open)
      if (!open.has(port)) this.#closed.set(port, process ?? 'The app')
    for (const port of open.keys()) this.#closed.delete(port)
    this.#open = [...open.values()].sort((a, b) => a.port - b.port)
    if (JSON.stringify(this.list) !== before) this.#options.onChange()
  }

  /** Only sockets that were not seen before cost a look into the processes' open files. */
  async #findOwners(sockets: ListeningSocket[]): Promise<void> {
    const inodes = new Set(sockets.map((socket) => socket.inode))
    for (const inode of this.#owners.keys()) if (!inodes.has(inode)) this.#owners.delete(inode)
    const unknown = new Set([...inodes].filter((inode) => !this.#owners.has(inode)))
    if (unknown.size === 0) return
    for (const candidate of await this.#ownProcesses()) {
      for (const inode of await socketsOf(candidate.pid)) {
        if (!unknown.delete(inode)) continue
        this.#owners.set(inode, { process: await programName(candidate) })
      }
    }
    for (const inode of unknown) this.#owners.set(inode, null)
  }

  /** Descendants of the runner, members of its terminals' sessions, and daemons that left both but kept the environment. */
  async #ownProcesses(): Promise<Process[]> {
    const processes = await listProcesses()
    const roots = new Set([process.pid])
    const tree = selectTree(processes, roots, new Set(this.#options.sessions()))
    const pids = new Set([process.pid, ...tree.map(({ pid }) => pid)])
    const orphans = processes.filter(
      ({ pid, parent, session }) => !pids.has(pid) && (parent === 1 || session === pid),
    )
    const mine = await Promise.all(
      orphans.map(({ pid }) => hasVariable(pid, 'CODENEST_WORKSPACE', this.#options.workspace)),
    )
    return [...tree, ...orphans.filter((_, index) => mine[index])]
  }
}

async function socketsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`
  const names = await readdir(folder).catch(() => [])
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')))
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [])
}
