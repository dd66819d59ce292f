import type { StartStage, Workspace } from '@codenest/platform/protocol'
import type { StageStatus } from '@codenest/runner/protocol'

/** `slow`: what a stage waits for when it takes longer than it does as a rule. */
export const startStages = [
  {
    label: 'Queue',
    hint: 'Other workspaces start first.',
    slow: 'It waits for its turn: so many start at once that this machine takes them one after the other.',
  },
  {
    label: 'Fetch',
    hint: 'The repository is coming from its host.',
    slow: 'It waits for the host of the repository. A large one, or a slow line, takes its time; it is fetched only once.',
  },
  {
    label: 'Start',
    hint: 'A place to run is being prepared.',
    slow: 'It waits for the machine to start a runner. A busy machine takes its time; it goes on by itself.',
  },
  {
    label: 'Clone',
    hint: 'Your repository is being cloned from the bucket.',
    slow: 'It waits for the bucket to send the repository. A long history, or a slow line, takes its time.',
  },
  {
    label: 'Restore',
    hint: 'Your last save is being laid out as you left it.',
    slow: 'It waits for the last save to be written to disk. Many files take their time.',
  },
  {
    label: 'Ready',
    hint: 'Opening your files.',
    slow: 'The workspace runs. This page waits for its line to it.',
  },
] as const

export interface StartView {
  kind: 'stopped' | 'failed' | 'waiting' | 'starting'
  /** Index of the stage under way. */
  step: number
  message: string | null
}

const STEPS: Record<StartStage | StageStatus['stage'], number> = {
  queued: 0,
  fetching: 1,
  starting: 2,
  cloning: 3,
  restoring: 4,
  ready: 5,
  failed: 2,
  stopping: 2,
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
  if (!workspace) return plain('waiting', 'Looking up the workspace…')
  switch (workspace.state) {
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
      return { kind: 'starting', ...progress(workspace, connected ? stage : null) }
  }
}

/** The platform tells the stages until the runner does itself, with more to say; whoever is further is right. */
function progress(workspace: Workspace, stage: StageStatus | null): Pick<StartView, 'step' | 'message'> {
  const told = workspace.state === 'running' ? STEPS.ready : STEPS[workspace.stage ?? 'starting']
  if (!stage || STEPS[stage.stage] < told) return { step: told, message: workspace.reason?.message ?? null }
  return { step: STEPS[stage.stage], message: stage.detail }
}
