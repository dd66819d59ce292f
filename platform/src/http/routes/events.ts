import type { Request, Response } from 'express'
import type { Identity } from '../../access/identity.ts'
import type { PlatformEvents, Workspace } from '../../protocol.ts'
import type { States } from '../../reconciler/states.ts'
import type { Workspaces } from '../../workspaces/workspaces.ts'
import { openEventStream } from '../event-stream.ts'

/** `GET /events`: a snapshot, then each workspace that changes. `onVisit` is told that somebody looks. */
export function createEventsHandler(
  workspaces: Workspaces,
  states: States,
  onVisit: () => void,
  closing: AbortSignal,
): (request: Request, response: Response) => Promise<void> {
  const idsOf = async (identity: Identity): Promise<string[]> =>
    (await workspaces.list(identity)).map(({ id }) => id)

  return async (_request, response) => {
    const identity = response.locals['identity'] as Identity
    const send = <N extends keyof PlatformEvents>(name: N, data: PlatformEvents[N]): void => {
      response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    let shown = new Map<string, string>()
    const changed = new Set<string>()
    /** More than `changed` may have. */
    let anything = false
    let looking: Promise<void> | null = null
    let isFirst = true
    const compare = async (): Promise<void> => {
      while (changed.size > 0 || anything) {
        const all = anything && new Set([...shown.keys(), ...(await idsOf(identity))])
        const ids = [...(all || changed)]
        anything = false
        changed.clear()
        const found = await workspaces.show(identity, ids)
        for (const id of ids) {
          const workspace = found.get(id)
          const next = workspace && JSON.stringify(workspace)
          if (workspace && next !== undefined && shown.get(id) !== next) send('workspace', workspace)
          if (next === undefined && shown.has(id)) send('workspace-removed', { id })
          if (next === undefined) shown.delete(id)
          else shown.set(id, next)
        }
      }
    }
    // Changes that come while one look is under way share the next.
    const look = (): void => {
      if (changed.size === 0 && !anything) return
      looking ??= compare()
        .catch(() => void response.destroy())
        .finally(() => {
          looking = null
          if (!response.destroyed) look()
        })
    }
    const notice = (id: string | null): void => {
      if (id === null) anything = true
      else changed.add(id)
      if (!isFirst) look()
    }
    openEventStream(response, closing, states.subscribe(notice))
    onVisit()
    const first: Workspace[] = await workspaces.list(identity)
    shown = new Map(first.map((workspace) => [workspace.id, JSON.stringify(workspace)]))
    send('snapshot', { workspaces: first })
    isFirst = false
    look()
  }
}
