import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:fs'
import { once } from 'node:events'
import { mkdir, open, readdir, readlink, rm, symlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { RunnerConfig } from '@codenest/runner/protocol'
import { isErrno } from '../errors.ts'
import type { RunnerSpec, Resources } from './engine.ts'
import type { Cgroup } from './sandbox/cgroup.ts'
import type { Disk } from './sandbox/disks.ts'
import type { Machine } from './sandbox/machine.ts'
import { DOOR, DOOR_PORT } from './sandbox/network.ts'
import { WORKSPACE } from './sandbox/root.ts'
import { launchSandboxed } from './sandbox/sandbox.ts'
import { sandboxEnv, workspaceEnv } from './workspace-env.ts'

const DISKS = '.disks'
const SOCKET = 'runner.sock'
/** Enough for a build with a process per file; a fork bomb ends here. */
const PROCESSES = 1024
/** A runner waits most of its time, and V8 would hold on to megabytes for the next burst of work. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4']
/** Linux only, and not among Node's constants: opens the name itself, whatever it leads to. */
const O_PATH = 0o10000000

/** A runner that has been started but not told for whom, or that is at work. */
export interface Place {
  disk: Disk
  cgroup: Cgroup | null
  process: ChildProcess
  /** Resolves when it has ended and all that it said was read. */
  exited: Promise<unknown>
}

/** Where and how runners are started on this machine; which of them runs what is the engine's affair. */
export class LocalHost {
  readonly #folder: string
  readonly #machine: Machine
  readonly #program: string
  readonly #door: string

  /** `folder` has a link for each workspace to its disk; `door` is the platform's socket for runners. */
  constructor(folder: string, machine: Machine, program: string, door: string) {
    this.#folder = folder
    this.#machine = machine
    this.#program = program
    this.#door = door
  }

  /** Workspaces that have a disk here. */
  async list(): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const names = await readdir(this.#folder)
    return names.filter((name) => !name.startsWith('.'))
  }

  /** Removes disks that are no workspace's: an earlier platform died before they were. */
  async collect(): Promise<void> {
    const used = new Set(await Promise.all((await this.list()).map((id) => this.#diskOf(id))))
    const { cgroups, disks } = this.#machine
    const unused = (await disks.names()).filter((name) => !used.has(name))
    for (const name of unused) {
      await cgroups?.group(name)[Symbol.asyncDispose]()
      await disks.remove(name)
    }
  }

  /** Starts a runner on a disk of its own, which is nobody's yet. */
  async prepare(resources: Resources): Promise<Place> {
    const disk = await this.#machine.disks.create(randomBytes(6).toString('hex'), resources.storage)
    return this.#launch(disk, resources)
  }

  /** Starts a runner on the disk that a workspace has here; null when it has none. */
  async reopen(id: string, resources: Resources): Promise<Place | null> {
    const name = await this.#diskOf(id)
    if (name === null) return null
    const { disks } = this.#machine
    if ((await disks.names()).includes(name)) return this.#launch(await disks.open(name), resources)
    await rm(join(this.#folder, id))
    return null
  }

  /** Makes a disk a workspace's. */
  async assign({ disk }: Place, id: string): Promise<void> {
    await symlink(join(DISKS, disk.name), join(this.#folder, id)).catch((error: unknown) => {
      if (!isErrno(error, 'EEXIST')) throw error
    })
  }

  config(place: Place, spec: RunnerSpec): RunnerConfig {
    const root = this.#machine.sandbox ? WORKSPACE : place.disk.folder
    const { remote } = spec
    const ownNetwork = this.#machine.sandbox?.ownNetwork === true
    const inside = (url: string): string => {
      if (!ownNetwork) return url
      const { pathname, search } = new URL(url)
      return `http://127.0.0.1:${DOOR_PORT}${pathname}${search}`
    }
    return {
      ...spec,
      remote: {
        ...remote,
        url: inside(remote.url),
        renewUrl: inside(remote.renewUrl),
        eventsUrl: inside(remote.eventsUrl),
        idleUrl: inside(remote.idleUrl),
        ...(remote.environmentUrl !== undefined && { environmentUrl: inside(remote.environmentUrl) }),
      },
      ...(ownNetwork && { door: { port: DOOR_PORT, socket: DOOR } }),
      root,
      listen: { socket: join(root, SOCKET) },
    }
  }

  /**
   * Holds on to the socket that a runner listens on. What the name leads to later does not matter any more: whoever
   * runs in the workspace can put a link there to any socket that this user may connect to.
   */
  async openSocket({ disk }: Place): Promise<{ path: string; handle: FileHandle | null }> {
    const path = join(disk.folder, SOCKET)
    if (process.platform !== 'linux') return { path, handle: null }
    const handle = await open(path, O_PATH | constants.O_NOFOLLOW)
    if ((await handle.stat()).isSocket()) return { path: `/proc/self/fd/${handle.fd}`, handle }
    await handle.close()
    throw new Error('a runner has put something else in the place of its socket')
  }

  /** Ends what is left running. Resolves to how often the workspace had used up its memory. */
  async release({ process: child, cgroup, exited }: Place): Promise<number> {
    if (!hasEnded(child)) child.kill('SIGKILL')
    const kills = (await cgroup?.memoryKills()) ?? 0
    await cgroup?.[Symbol.asyncDispose]()
    await exited
    return kills
  }

  /** Removes a workspace's disk, if it has one. */
  async removeDisk(id: string): Promise<void> {
    const name = await this.#diskOf(id)
    if (name === null) return
    await this.#machine.disks.remove(name)
    await rm(join(this.#folder, id), { force: true })
  }

  async discard(place: Place): Promise<void> {
    await this.release(place)
    await this.#machine.disks.remove(place.disk.name)
  }

  async #launch(disk: Disk, { cpu, memory }: Resources): Promise<Place> {
    const { cgroups, sandbox } = this.#machine
    const cgroup = cgroups?.group(disk.name) ?? null
    await cgroup?.create({ cpu, memory, processes: PROCESSES })
    const node = [process.execPath, ...NODE_FLAGS, this.#program, '-']
    const bin = dirname(process.execPath)
    if (!sandbox) {
      const [file = '', ...args] = node
      const env = workspaceEnv(process.env, bin, join(disk.folder, 'home'))
      const child = spawn(file, args, {
        cwd: disk.folder,
        env,
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      await once(child, 'spawn')
      return toPlace(disk, cgroup, child)
    }
    const { binds, ownNetwork } = sandbox
    const environment = sandboxEnv(process.env, bin, `${WORKSPACE}/home`)
    const seen = ownNetwork ? [...binds, { source: this.#door, target: DOOR }] : binds
    try {
      const child = await launchSandboxed(node, disk, cgroup, { binds: seen, environment, ownNetwork })
      return toPlace(disk, cgroup, child)
    } catch (error) {
      await cgroup?.[Symbol.asyncDispose]()
      throw error
    }
  }

  async #diskOf(id: string): Promise<string | null> {
    const target = await readlink(join(this.#folder, id)).catch(() => null)
    return target === null ? null : basename(target)
  }
}

/** By itself or by a signal. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function toPlace(disk: Disk, cgroup: Cgroup | null, child: ChildProcess): Place {
  // A runner that has ended can be told nothing more.
  child.stdin?.on('error', () => {})
  const exited = new Promise((resolve) => child.once('close', resolve))
  return { disk, cgroup, process: child, exited }
}
