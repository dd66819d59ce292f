import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import { Cgroup } from './cgroup.ts'
import type { GroupFiles } from './cgroup.ts'

const CONTROLLERS = ['cpu', 'memory', 'pids'] as const
const GROUP = 'codenest'

/** Makes the groups of workspaces, below the group that this process is in. */
export interface Cgroups {
  group(name: string): Cgroup
}

/** Where a controller's groups are, and the one of this process: paths on this machine. */
interface Hierarchy {
  folder: string
  mount: string
}

/** Version 2 where it has the controllers, else version 1. Throws an error that says what the machine does not allow. */
export async function openCgroups(): Promise<Cgroups> {
  const [own, mounts] = await Promise.all([
    readFile('/proc/self/cgroup', 'utf8'),
    readFile('/proc/self/mountinfo', 'utf8'),
  ])
  const { unified, legacy } = findHierarchies(own, mounts)
  if (legacy) return { group: (name) => new Cgroup(legacyFiles(legacy, name)) }
  if (!unified) throw new Error('no cgroup file system with the controllers cpu, memory and pids is mounted')
  const base = await delegate(unified)
  return {
    group: (name) => {
      const folder = join(base, name)
      return new Cgroup({ version: 2, cpu: folder, memory: folder, pids: folder })
    },
  }
}

/** Reads /proc/self/cgroup and /proc/self/mountinfo. `legacy` only when version 1 has all three controllers. */
export function findHierarchies(
  own: string,
  mountinfo: string,
): { unified: Hierarchy | null; legacy: Record<(typeof CONTROLLERS)[number], Hierarchy> | null } {
  const groups = own.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    return path === undefined ? [] : [{ controllers: (controllers ?? '').split(','), path }]
  })
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ')
    const [, , , root = '/', folder = ''] = before.split(' ')
    const [type, , options = ''] = (after ?? '').split(' ')
    return type === 'cgroup' || type === 'cgroup2'
      ? [{ type, root, folder, options: options.split(',') }]
      : []
  })
  const locate = (controller: string): Hierarchy | null => {
    const mount = mounts.find(({ type, options }) =>
      controller === '' ? type === 'cgroup2' : type === 'cgroup' && options.includes(controller),
    )
    const group = groups.find(({ controllers }) => controllers.includes(controller))
    if (!mount || !group) return null
    // A container sees its part of the hierarchy as the root of the mount.
    const inside = group.path.startsWith(mount.root) ? group.path.slice(mount.root.length) : group.path
    return { mount: mount.folder, folder: join(mount.folder, mount.root === '/' ? group.path : inside) }
  }
  const [cpu, memory, pids] = CONTROLLERS.map(locate)
  return { unified: locate(''), legacy: cpu && memory && pids ? { cpu, memory, pids } : null }
}

function legacyFiles(
  { cpu, memory, pids }: Record<(typeof CONTROLLERS)[number], Hierarchy>,
  name: string,
): GroupFiles {
  const below = ({ folder }: Hierarchy): string => join(folder, GROUP, name)
  return { version: 1, cpu: below(cpu), memory: below(memory), pids: below(pids) }
}

/**
 * A folder below which groups may be made. A group of version 2 has either processes or groups below it, so either
 * this process moves into a group of its own, or, where others share its group, the folder above has to do.
 */
async function delegate({ folder, mount }: Hierarchy): Promise<string> {
  const failures: string[] = []
  for (const candidate of folder === mount ? [folder] : [folder, join(folder, '..')]) {
    try {
      const members = (await readFile(join(candidate, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean)
      if (members.length === 1 && members[0] === String(process.pid)) {
        await mkdir(join(candidate, 'platform'), { recursive: true })
        await writeFile(join(candidate, 'platform', 'cgroup.procs'), '0')
      }
      return await enable(candidate)
    } catch (error) {
      failures.push(messageOf(error))
    }
  }
  throw new Error(`its control group is not this user's to divide: ${failures.join('; ')}`)
}

async function enable(folder: string): Promise<string> {
  const wanted = CONTROLLERS.map((name) => `+${name}`).join(' ')
  const control = join(folder, 'cgroup.subtree_control')
  const enabled = (await readFile(control, 'utf8')).split(/\s+/)
  if (!CONTROLLERS.every((name) => enabled.includes(name))) await writeFile(control, wanted)
  const base = join(folder, GROUP)
  await mkdir(base, { recursive: true })
  try {
    await writeFile(join(base, 'cgroup.subtree_control'), wanted)
  } catch (error) {
    await rmdir(base)
    throw error
  }
  return base
}
