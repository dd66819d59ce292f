import type { Workspace } from '@codenest/platform/protocol'
import type { SetupStatus } from '@codenest/runner/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import type { App } from './app.ts'
import type { Connection } from './connection.ts'
import type { TerminalSize } from './terminals.ts'

export interface Setup {
  /** What the repository brings along, and how far that is; null before the runner has told. */
  status: Accessor<SetupStatus | null>
  /** There are commands or variables that its owner has neither allowed nor put off. */
  asks: Accessor<boolean>
  /** Trusts the repository with what `status` shows, and lets it run. */
  allow: () => Promise<void>
  /** What `status` shows is not asked for again. */
  putOff: () => Promise<void>
  /** Runs the commands again. */
  again: () => Promise<void>
  /** What the repository calls a port. */
  labelOf: (port: number) => string | null
}

export function createSetup(
  { api, workspaces }: Pick<App, 'api' | 'workspaces'>,
  connection: Connection,
  workspace: Accessor<Workspace | undefined>,
  size: () => TerminalSize,
): Setup {
  const [status, setStatus] = createSignal<SetupStatus | null>(null)
  onCleanup(connection.on('hello', (hello) => setStatus(hello.setup)))
  onCleanup(connection.on('setup.changed', setStatus))

  const say = async (allowed: boolean) => {
    const own = workspace()
    const digest = status()?.digest ?? null
    if (!own || digest === null) return
    const commands = { digest, allowed }
    workspaces.put(await api.setTrust(own.id, allowed ? { trusted: true, commands } : { commands }))
  }
  const start = async (again: boolean) => {
    setStatus(await connection.request('setup.start', { ...size(), again }))
  }
  return {
    status,
    asks: () => {
      const now = status()
      const own = workspace()
      if (!now || !own || now.digest === null || now.trusted) return false
      const { steps, environment } = now.settings
      // What the Run button would run is asked for when it is pressed.
      return steps.length + environment.length > 0 && own.commands?.digest !== now.digest
    },
    allow: async () => {
      await say(true)
      await start(false)
    },
    putOff: () => say(false),
    again: () => start(true),
    labelOf: (port) => status()?.settings.ports.find((known) => known.port === port)?.label ?? null,
  }
}
