import type { PreparedTemplateUpdate } from '@codenest/platform/protocol'
import type { App } from '../../kernel/app.ts'
import type { WorkspaceSession } from '../../kernel/workspace-session.ts'

/** Merges a prepared update; what git refuses, and conflicts, show in source control. */
export async function takeUpdate(
  { toasts }: App,
  { commands, sourceControl }: WorkspaceSession,
  title: string,
  { commit, base }: PreparedTemplateUpdate,
  commitsFirst: boolean,
): Promise<void> {
  if (commit === null) {
    toasts.show({ tone: 'info', title: `Up to date with ${title}`, detail: 'No file had to change.' })
    return
  }
  commands.run('view.sourceControl')
  if (commitsFirst) {
    const message = `Before the update from template ${title}`
    if (!(await sourceControl.act('git.commit', { message, amend: false, all: true }))) return
  }
  const done = await sourceControl.act('git.takeUpdate', { commit, base })
  if (done?.outcome === 'done')
    toasts.show({ tone: 'info', title: `The update from ${title} is merged, on a branch of its own` })
}
