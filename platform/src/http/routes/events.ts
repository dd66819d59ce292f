import type { Request, Response } from 'express'
import type { Identity } from '../../access/identity.ts'
import type { PlatformEvents, Workspace } from '../../protocol.ts'
import type { Reconciler } from '../../reconciler/reconciler.ts'
import type { Workspaces } from '../../workspaces/workspaces.ts'
import { openEventStream } from '../event-stream.ts'

/** `GET /events`: a snapshot, then each workspace that changes. `onVisit` is told that somebody looks. */
export function createEventsHandler(
  workspaces: Workspaces,
  reconciler: Reconciler,
  onVisit: () => void,
  closing: AbortSignal,
): (request: Request, response: Response) => Promise<void> {
  return async (_request, response) => {
    const identity = response.locals['identity'] as Identity
    const send = <N extends keyof PlatformEvents>(name: N, data: PlatformEvents[N]): void => {
      response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    let shown = new Map<string, string>()
    let looking: Promise<void> | null = null
    let lookAgain = false
    const compare = async (): Promise<void> => {
      const list = await workspaces.list(identity)
      const next = new Map(list.map((workspace) => [workspace.id, JSON.stringify(workspace)]))
      for (const workspace of list)
        if (shown.get(workspace.id) !== next.get(workspace.id)) send('workspace', workspace)
      for (const id of shown.keys()) if (!next.has(id)) send('workspace-removed', { id })
      shown = next
    }
    // Changes that come while one look is under way share the next.
    const look = (): void => {
      lookAgain = looking !== null
      looking ??= compare()
        .catch(() => void response.destroy())
        .finally(() => {
          looking = null
          if (lookAgain) look()
        })
    }
    openEventStream(response, closing, reconciler.subscribe(look))
    onVisit()
    const first: Workspace[] = await workspaces.list(identity)
    shown = new Map(first.map((workspace) => [workspace.id, JSON.stringify(workspace)]))
    send('snapshot', { workspaces: first })
  }
}
