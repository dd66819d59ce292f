import type { ServerResponse } from 'node:http'
import type { StartStage, WorkspaceState } from '../protocol.ts'
import { sendPage } from './pages.ts'

export interface StartProgress {
  name: string
  state: WorkspaceState
  /** While it starts: what is being done. */
  stage: StartStage | null
  /** Why it failed, or what it waits for. */
  reason: string | null
}

/** Seconds until the page looks again. */
const AGAIN = 1
const STAGES: Record<StartStage, string> = {
  queued: 'It waits for other workspaces that start.',
  fetching: 'The repository is being fetched from its host.',
  starting: 'A place to run is being prepared.',
  cloning: 'The repository is being cloned from the bucket.',
  restoring: 'The last save is being laid out.',
}

/** What stands at a preview's address while its workspace does not run. */
export function sendProgress(
  response: ServerResponse,
  progress: StartProgress | null,
  { port, workspaceUrl }: { port: number; workspaceUrl: string },
): void {
  const link = { href: workspaceUrl, label: 'Open the workspace', aside: true }
  const { name, state, stage, reason } = progress ?? {
    name: '',
    state: 'deleting',
    stage: null,
    reason: null,
  }
  if (state === 'starting' || state === 'running') {
    const text = `${reason ?? STAGES[stage ?? 'starting']} Then this page shows what answers on port ${port}.`
    sendPage(response, 503, `${name} is starting`, text, { refresh: AGAIN, link })
  } else if (state === 'failed')
    sendPage(response, 503, `${name} did not start`, reason ?? 'The log of the server has the reason.', {
      link,
    })
  else if (state === 'stopping')
    sendPage(response, 503, `${name} is stopping`, 'Its last save is on the way to the bucket.', {
      refresh: AGAIN,
      link,
    })
  else if (state === 'stopped')
    sendPage(response, 503, `${name} is stopped`, 'Only its owner can start it.', { link })
  else sendPage(response, 404, 'There is no such workspace', 'It was deleted, or the address is wrong.')
}
