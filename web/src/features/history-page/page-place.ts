import type { Workspace } from '@codenest/platform/protocol'
import type { Accessor } from 'solid-js'
import type { App } from '../../kernel/app.ts'
import { newestText } from '../history/newest.ts'
import type { HistoryPlace } from '../history/place.ts'

interface PageParts extends Pick<HistoryPlace, 'file' | 'openDiff' | 'onScope'> {
  workspace: Accessor<Workspace | undefined>
}

/** A page without a runner: the platform restores, as long as the workspace is stopped. */
export function createPagePlace({ api }: App, id: string, { workspace, ...parts }: PageParts): HistoryPlace {
  return {
    ...parts,
    id,
    name: () => workspace()?.name ?? id,
    now: (path) => newestText(api, id, path),
    restore: async (commit, path) => {
      await api.restore(id, { commit, path })
    },
    locked: () => {
      switch (workspace()?.state) {
        case 'stopped':
        case undefined:
          return null
        case 'failed':
          return 'It did not start. Nothing can be restored here before it is stopped.'
        case 'deleting':
          return 'It is being deleted.'
        default:
          return 'It is running: open it to restore something, or stop it first.'
      }
    },
    merge: () => null,
    news: () => workspace()?.state,
  }
}
