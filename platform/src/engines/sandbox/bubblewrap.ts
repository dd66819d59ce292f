import type { Bind } from './root.ts'
import { USER, WORKSPACE } from './root.ts'

export interface SandboxView {
  readOnly: Bind[]
  links: { target: string; path: string }[]
  /** The workspace's folder, as it is outside. */
  disk: string
  environment: Record<string, string>
  /** A descriptor that stays open as long as anything runs; null when nobody wants to know. */
  lifeline: number | null
}

/**
 * Arguments of bubblewrap for a process that sees what `view` says and nothing else of the machine, is nobody outside,
 * and can never become more. The network is the one of its parent.
 */
export function bubblewrapArguments(view: SandboxView, command: string[]): string[] {
  const { readOnly, links, disk, environment, lifeline } = view
  const options: string[][] = [
    ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ['--uid', String(USER.id), '--gid', String(USER.id), '--hostname', USER.name],
    ['--disable-userns', '--cap-drop', 'ALL', '--new-session', '--die-with-parent'],
    ...links.map(({ target, path }) => ['--symlink', target, path]),
    ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/run', '--dir', '/var'],
    ['--bind', disk, WORKSPACE, '--bind', `${disk}/tmp`, '/tmp', '--symlink', '/tmp', '/var/tmp'],
    // Last, or what stands above would cover an installation below /tmp or /dev.
    ...readOnly.map(({ source, target }) => ['--ro-bind', source, target]),
    // What bubblewrap made on the way to the mounts belongs to the workspace's user, but is not for it to change.
    ['--remount-ro', '/'],
    ['--chdir', WORKSPACE, '--clearenv', ...(lifeline === null ? [] : ['--sync-fd', `${lifeline}`])],
    ...Object.entries(environment).map(([name, value]) => ['--setenv', name, value]),
  ]
  return [...options.flat(), '--', ...command]
}
