import type { Api } from '../../kernel/api.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'
import { newestText } from './newest.ts'
import type { HistoryPlace } from './place.ts'

/** A runner lays many files out in one answer. Milliseconds. */
const RESTORE_MILLISECONDS = 120_000

/** The workspace's own page as the place of its history: diffs are tabs, and the runner restores, while there is one. */
export function createSessionPlace(api: Api, session: WorkspaceSession): HistoryPlace {
  const { id, connection, diffs, documents, layout, readiness, saves, tabs, workspace } = session
  const isStopped = () => workspace()?.state === 'stopped'
  // What is typed is saved first: then it is in the history, too.
  const settled = () => documents.saveAll()
  return {
    id,
    name: () => workspace()?.name ?? id,
    file: tabs.active,
    openDiff: (diff) => {
      layout.set('pane', 'editor')
      diffs.open(diff)
    },
    now: (path) => (isStopped() ? newestText(api, id, path) : { label: 'Now', live: true }),
    restore: async (commit, path) => {
      if (isStopped()) {
        await api.restore(id, { commit, path })
        return
      }
      await settled()
      await connection.request(
        'saves.restore',
        { saveId: crypto.randomUUID(), commit, path },
        RESTORE_MILLISECONDS,
      )
    },
    locked: () =>
      readiness.isReady() || isStopped()
        ? null
        : 'Nothing can be restored before the workspace is ready and connected.',
    merge: () =>
      readiness.isReady()
        ? async (commit, keep) => {
            await settled()
            const payload = { saveId: crypto.randomUUID(), commit, keep }
            return connection.request('saves.merge', payload, RESTORE_MILLISECONDS)
          }
        : null,
    news: () => [saves()?.commit, workspace()?.state],
  }
}
