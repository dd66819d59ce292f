import type { WorkspaceSession } from '../../kernel/workspace-session.ts'
import type { HistoryPlace } from './place.ts'

/** The running workspace as the place of its history: diffs are tabs, and the runner restores. */
export function createSessionPlace(session: WorkspaceSession): HistoryPlace {
  const { connection, diffs, documents, readiness, saves, tabs } = session
  // What is typed is saved first: then it is in the history, too.
  const settled = () => documents.saveAll()
  return {
    id: session.id,
    name: () => session.workspace()?.name ?? session.id,
    file: tabs.active,
    openDiff: diffs.open,
    now: () => ({ label: 'Now', live: true }),
    restore: async (commit, path) => {
      await settled()
      await connection.request('saves.restore', { saveId: crypto.randomUUID(), commit, path }, 60_000)
    },
    locked: () =>
      readiness.isReady() ? null : 'Nothing can be restored before the workspace is ready and connected.',
    merge: () =>
      readiness.isReady()
        ? async (commit, keep) => {
            await settled()
            return connection.request('saves.merge', { saveId: crypto.randomUUID(), commit, keep }, 60_000)
          }
        : null,
    news: () => saves()?.commit,
  }
}
