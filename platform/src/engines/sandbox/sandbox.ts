import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Socket } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import { bubblewrapArguments } from './bubblewrap.ts'
import type { Cgroup } from './cgroup.ts'
import type { Disk } from './disks.ts'
import { closedRoutes, PASTA } from './network.ts'
import type { Bind } from './root.ts'
import { systemBinds, systemLinks, USER } from './root.ts'

export interface SandboxOptions {
  /** Read-only, beside the system's own: the runner, and settings of /etc. */
  binds: Bind[]
  environment: Record<string, string>
  /** Else the workspace stays in the machine's network. */
  ownNetwork: boolean
}

/** Descriptor that is open as long as anything of a sandbox with a network of its own runs. */
const LIFELINE = 5
/** The process joins the control groups whose files are the first arguments, and becomes the rest. */
const JOIN = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift; exec "$@"'
/**
 * Shows folders that only root may enter to a user who is about to be somebody else, in a mount namespace of this
 * process: each of the first arguments as /mnt/0, /mnt/1 and so on.
 */
const SHOW = `mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev codenest /mnt || exit 1
n=0
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "/mnt/$n"; else : > "/mnt/$n"; fi
  mount --bind "$1" "/mnt/$n" || exit 1
  n=$((n + 1)); shift
done
shift; exec "$@"`
/** Waits until the network is connected, closes the routes that come with that news, and gives up its power over it. */
const CONNECT =
  'echo made >&3; ip -batch - <&4 || exit 1; exec setpriv --ambient-caps=-all --inh-caps=-all "$@" 3>&- 4>&-'

/**
 * Runs pasta for the process that it is told, says when it is in the background and ready, and ends it when the other
 * end of the third descriptor is closed: pasta by itself keeps a namespace, and so itself, for ever. Nothing of the
 * sandbox can reach the file that says which process it is.
 */
const ATTEND = `read -r of || exit 1
f=$(mktemp) || exit 1
"$@" --pid "$f" "$of"; code=$?; pid=$(cat "$f"); rm "$f"
[ $code = 0 ] || exit $code
echo ready; read -r _ <&3; kill "$pid"`

/**
 * Starts `command` in a sandbox on `disk`, in the group if there is one. Resolves when its network is there, which is
 * before the command says anything. Throws when a part of it is not allowed; nothing is left running then.
 */
export async function launchSandboxed(
  command: string[],
  disk: Disk,
  cgroup: Cgroup | null,
  options: SandboxOptions,
): Promise<ChildProcess> {
  await emptyTemporary(disk)
  const attendant = options.ownNetwork ? startAttendant(disk, cgroup) : null
  const lifeline = attendant?.stdio[3] as Socket | undefined
  const [file = '', ...args] = commandLine(command, disk, cgroup, options)
  const stdio: StdioOptions = [
    'pipe',
    'pipe',
    'pipe',
    ...(lifeline ? (['pipe', 'pipe', lifeline] as const) : []),
  ]
  // In a session of its own: Ctrl+C in the platform's terminal is not for it.
  const child = spawn(file, args, { stdio, detached: true, env: { PATH: process.env['PATH'] } })
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => {})
  try {
    await Promise.race([once(child, 'spawn'), failed])
    lifeline?.destroy()
    if (attendant) await connect(child, attendant)
    return child
  } catch (error) {
    lifeline?.destroy()
    attendant?.kill()
    child.kill('SIGKILL')
    throw error
  }
}

function commandLine(
  command: string[],
  disk: Disk,
  cgroup: Cgroup | null,
  { binds, environment, ownNetwork }: SandboxOptions,
): string[] {
  const shown = disk.uid === null ? null : [...binds.map(({ source }) => source), disk.folder]
  const at = (source: string): string => (shown ? `/mnt/${shown.indexOf(source)}` : source)
  const view = {
    readOnly: [...systemBinds(), ...binds.map(({ source, target }) => ({ source: at(source), target }))],
    links: systemLinks(),
    disk: at(disk.folder),
    environment,
    lifeline: ownNetwork ? LIFELINE : null,
  }
  const enter = ['unshare', '--mount', '--propagation', 'private', ...shell(SHOW, shown ?? [])]
  const user = [`--map-user=${USER.id}`, `--map-group=${USER.id}`]
  const network = ['unshare', '--user', ...user, '--net', '--keep-caps', 'sh', '-c', CONNECT, 'sh']
  return [
    ...shell(JOIN, cgroup?.joinFiles ?? []),
    ...(shown ? enter : []),
    ...asUser(disk),
    ...(ownNetwork ? network : []),
    'bwrap',
    ...bubblewrapArguments(view, command),
  ]
}

/** It goes on as long as the sandbox, with or without this process. */
function startAttendant(disk: Disk, cgroup: Cgroup | null): ChildProcess {
  const pasta = ['sh', '-c', ATTEND, 'sh', 'pasta', ...PASTA]
  const [file = '', ...args] = [...shell(JOIN, cgroup?.joinFiles ?? []), ...asUser(disk), ...pasta]
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', 'pipe']
  const attendant = spawn(file, args, { stdio, detached: true, env: { PATH: process.env['PATH'] } })
  attendant.on('error', () => {})
  for (const stream of attendant.stdio) stream?.on('error', () => {})
  attendant.unref()
  return attendant
}

/** Joins the namespace that the process has made to the outside. */
async function connect(child: ChildProcess, attendant: ChildProcess): Promise<void> {
  const [, , , made, news] = child.stdio as unknown as [null, null, null, Readable, Duplex]
  // One that has ended resets them.
  for (const stream of [made, news]) stream.on('error', () => {})
  const ended = [child, attendant].map((process) => once(process, 'exit').then(() => complaintOf(process)))
  for (const each of ended) each.catch(() => {})
  await Promise.race([once(made, 'data'), ...ended])
  const [orders, answer, complaints] = attendant.stdio as unknown as [Writable, Readable, Readable]
  orders.end(`${child.pid}\n`)
  await Promise.race([once(answer, 'data'), ...ended])
  for (const stream of [answer, complaints]) stream.destroy()
  news.end(closedRoutes())
}

async function complaintOf(child: ChildProcess): Promise<never> {
  const complaint = String(child.stderr?.read() ?? '').trim()
  throw new Error(`the sandbox could not be made: ${complaint || `exit code ${child.exitCode}`}`)
}

function shell(script: string, parameters: string[]): string[] {
  return ['sh', '-c', script, 'sh', ...parameters, '--']
}

function asUser({ uid }: Disk): string[] {
  if (uid === null) return []
  return ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', '--no-new-privs']
}

/** Nobody runs on the disk now, so that no link can be put in the way. */
async function emptyTemporary({ folder, uid }: Disk): Promise<void> {
  const path = join(folder, 'tmp')
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { mode: 0o700 })
  if (uid !== null) await chown(path, uid, uid)
}
