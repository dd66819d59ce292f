import type { WorkspaceState } from '@codenest/platform/protocol'
import type { StageStatus } from '@codenest/runner/protocol'
import type { ConnectionState } from '../../kernel/connection-machine.ts'

export interface ConnectionLabel {
  state: 'connected' | 'busy' | 'off' | 'failed'
  label: string
}

export function connectionLabel(
  workspace: WorkspaceState | undefined,
  connection: ConnectionState,
  stage: StageStatus | null,
  /** Units that were typed into terminals and have not arrived. */
  typed = 0,
): ConnectionLabel {
  if (connection.phase === 'connected' && stage?.stage === 'ready')
    return { state: 'connected', label: 'Connected' }
  if (workspace === 'failed' || stage?.stage === 'failed') return { state: 'failed', label: 'Failed' }
  if (workspace === 'stopped') return { state: 'off', label: 'Stopped' }
  if (workspace === 'stopping' || stage?.stage === 'stopping') return { state: 'busy', label: 'Stopping…' }
  if (workspace === 'starting' || connection.phase === 'connected')
    return { state: 'busy', label: 'Starting…' }
  // A stage is known: there was a connection before.
  if (stage !== null)
    return {
      state: 'busy',
      label: typed > 0 ? 'Reconnecting… what you typed will be sent' : 'Reconnecting…',
    }
  return { state: 'busy', label: 'Connecting…' }
}
