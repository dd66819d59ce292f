import type { WorkspaceSettings } from '@codenest/platform/protocol'
import { createSignal, type Accessor } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

export type IdleSettings = WorkspaceSettings['idle']

export interface IdleSettingsModel {
  /** As the platform keeps them, or as they were just asked for. */
  value: Accessor<IdleSettings | null>
  change: (change: Partial<IdleSettings>) => Promise<void>
}

/** The platform keeps them; a runner that is there hears of it from here. */
export function createIdleSettings(): IdleSettingsModel {
  const { api, toasts, workspaces } = useApp()
  const { id, connection, readiness, workspace } = useSession()
  const [wanted, setWanted] = createSignal<IdleSettings | null>(null)
  const value = () => wanted() ?? workspace()?.settings.idle ?? null
  return {
    value,
    change: async (change) => {
      const before = value()
      if (!before) return
      const idle = { ...before, ...change }
      setWanted(idle)
      try {
        workspaces.put(await api.changeSettings(id, { idle }))
        if (readiness.isReady()) await connection.request('idle.configure', idle)
      } catch (error) {
        toasts.failed('The setting was not changed')(error)
      }
      setWanted(null)
    },
  }
}
