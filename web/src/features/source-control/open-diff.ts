import type { GitChange } from '@codenest/runner/protocol'
import { baseName } from '../../kernel/paths.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'

/** Shows what a change does: HEAD beside the index, or the index beside the file as it is edited. */
export function openDiff(session: WorkspaceSession, change: GitChange, staged: boolean): void {
  const { path, from, kind } = change
  if (kind === 'untracked') {
    if (!change.submodule) session.edit(path)
    return
  }
  const load = (name: string, at: 'head' | 'index') => async () =>
    (await session.connection.request('git.content', { path: name, at })).content
  session.layout.set('pane', 'editor')
  session.diffs.open({
    id: `git:${staged ? 'staged' : 'changes'}:${path}`,
    title: `${baseName(path)} (${staged ? 'staged' : 'changes'})`,
    path,
    original: staged
      ? { label: 'Last commit', load: load(from ?? path, 'head') }
      : { label: 'Staged or committed', load: load(path, 'index') },
    modified: staged
      ? { label: 'Staged', load: load(path, 'index') }
      : kind === 'deleted'
        ? { label: 'Deleted', load: () => Promise.resolve(null) }
        : { label: 'On disk', live: true },
  })
}
