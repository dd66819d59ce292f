import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ulid } from 'ulid'
import { messageOf } from '../../errors.ts'
import type { Isolation } from '../../protocol.ts'
import { openCgroups } from './cgroups.ts'
import type { Cgroups } from './cgroups.ts'
import { Disks } from './disks.ts'
import { checkNetworkTools } from './network.ts'
import { runnerBinds, writeSettings } from './root.ts'
import type { Bind } from './root.ts'
import { launchSandboxed } from './sandbox.ts'

const RUNNER = fileURLToPath(import.meta.resolve('@codenest/runner/main'))
const INSTALL = 'On Debian or Ubuntu: apt install bubblewrap passt.'
const PROBE_BYTES = 8 * 1024 * 1024

/** How this machine can keep workspaces apart from itself and from each other. */
export interface Machine {
  isolation: Isolation
  /** null where there can be no sandbox. */
  sandbox: { binds: Bind[]; ownNetwork: boolean } | null
  cgroups: Cgroups | null
  disks: Disks
}

/** A disk quota is a courtesy; all else keeps the machine safe. */
export function isIsolated({ sandbox, cgroups }: Machine): boolean {
  return sandbox !== null && sandbox.ownNetwork && cgroups !== null
}

/** A machine that runs workspaces as what they are: processes of the platform's user. `folder` is theirs. */
export function bareMachine(folder: string, reason: string): Machine {
  return {
    isolation: { kind: 'none', missing: [reason] },
    sandbox: null,
    cgroups: null,
    disks: new Disks(join(folder, '.disks'), { ownUsers: false, quota: false }),
  }
}

/**
 * Tries what the machine allows: each part is made once, as a workspace's is, and thrown away. `folder` holds what
 * workspaces have on this machine. Throws only for what makes local workspaces impossible.
 */
export async function examineMachine(folder: string): Promise<Machine> {
  if (process.platform !== 'linux') return bareMachine(folder, 'Workspaces are isolated on Linux only.')
  const missing: string[] = []
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      missing.push(`${what}: ${messageOf(error)}.`)
      return null
    }
  }

  const ownUsers = process.getuid?.() === 0
  const runner = runnerBinds(RUNNER)
  const trySandbox = async (ownNetwork: boolean): Promise<Bind[]> => {
    if (ownNetwork) await checkNetworkTools()
    const binds = [...runner, ...(await writeSettings(join(folder, '.settings'), ownNetwork))]
    await probe(new Disks(join(folder, '.probe'), { ownUsers, quota: false }), binds, ownNetwork)
    return binds
  }
  const networked = await attempt('No network of its own', () => trySandbox(true))
  const binds = networked ?? (await attempt('No sandbox', () => trySandbox(false)))
  if (!binds) return bareMachine(folder, `${missing.at(-1)} ${INSTALL}`)
  if (!networked) missing.push(INSTALL)
  const [cgroups, quota] = await Promise.all([
    attempt('No limits of processor, memory and processes', tryCgroups),
    attempt('No disk quota', () => tryQuota(join(folder, '.probe'))),
  ])
  return {
    isolation: { kind: 'sandbox', missing },
    sandbox: { binds, ownNetwork: networked !== null },
    cgroups,
    disks: new Disks(join(folder, '.disks'), { ownUsers, quota: quota !== null }),
  }
}

async function probe(disks: Disks, binds: Bind[], ownNetwork: boolean): Promise<void> {
  const disk = await disks.create(ulid(), PROBE_BYTES)
  try {
    const command = [process.execPath, '--version']
    const child = await launchSandboxed(command, disk, null, { binds, environment: {}, ownNetwork })
    let complaint = ''
    child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()))
    child.stdin?.end()
    child.stdout?.resume()
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(complaint.trim().split('\n').at(-1) || `exit code ${code}`)
  } finally {
    await disks.remove(disk.name)
  }
}

async function tryCgroups(): Promise<Cgroups> {
  const cgroups = await openCgroups()
  await using group = cgroups.group(`probe-${ulid()}`)
  await group.create({ cpu: 1, memory: PROBE_BYTES, processes: 1 })
  return cgroups
}

async function tryQuota(folder: string): Promise<true> {
  if (process.getuid?.() !== 0) throw new Error('only root can mount file systems')
  const disks = new Disks(folder, { ownUsers: false, quota: true })
  await disks.remove((await disks.create(ulid(), PROBE_BYTES)).name)
  return true
}
