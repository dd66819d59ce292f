import type { Workspace } from '@codenest/platform/protocol'
import type { StageStatus } from '@codenest/runner/protocol'

export const startStages = [
  { label: 'Start', hint: 'A place to run is being prepared.' },
  { label: 'Clone', hint: 'Your repository is being cloned from the bucket.' },
  { label: 'Restore', hint: 'Your last save is being laid out as you left it.' },
  { label: 'Ready', hint: 'Opening your files.' },
] as const

export interface StartView {
  kind: 'stopped' | 'failed' | 'waiting' | 'starting'
  /** Index of the stage under way. */
  step: number
  message: string | null
}

const STEPS: Record<StageStatus['stage'], number> = {
  starting: 0,
  cloning: 1,
  restoring: 2,
  ready: 3,
  failed: 0,
  stopping: 0,
}

/** What the start screen says, from what the platform and the runner know. */
export function startView(
  workspace: Workspace | undefined,
  stage: StageStatus | null,
  connected: boolean,
): StartView {
  const plain = (kind: StartView['kind'], message: string | null = null): StartView => ({
    kind,
    step: 0,
    message,
  })
  switch (workspace?.state) {
    case undefined:
      return plain('waiting', 'Looking up the workspace…')
    case 'stopped':
      return plain('stopped')
    case 'stopping':
      return plain('waiting', 'The workspace is stopping; its last save is on its way to the bucket.')
    case 'deleting':
      return plain('waiting', 'The workspace is being deleted.')
    case 'failed':
      return plain(
        'failed',
        workspace.reason?.message ?? 'The reason is not known; the server’s log says more.',
      )
    default:
      if (connected && stage?.stage === 'failed') return plain('failed', stage.detail)
      return {
        kind: 'starting',
        step: connected && stage ? STEPS[stage.stage] : 0,
        message: stage?.detail ?? null,
      }
  }
}
