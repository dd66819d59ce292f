import type { Workspace } from '@codenest/platform/protocol'
import { createEffect, createSignal, type Accessor } from 'solid-js'
import type { App } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'

export interface WorkspaceLookup {
  /** Undefined while it is not known, or gone. */
  workspace: Accessor<Workspace | undefined>
  /** Why it cannot be shown; null while nothing speaks against it. */
  problem: Accessor<string | null>
  again: () => void
}

/** The workspace that an address names, for pages that one may come to directly. */
export function lookUpWorkspace(app: App, id: string): WorkspaceLookup {
  const [problem, setProblem] = createSignal<string | null>(null)
  const workspace = () => app.workspaces.find(id)
  const again = () => {
    app.api.workspace(id).then(
      (found) => {
        setProblem(null)
        app.workspaces.put(found)
      },
      (error: unknown) => {
        const isGone = error instanceof ApiError && error.problem.status === 404
        setProblem(
          isGone ? 'There is no workspace of this name. It may have been deleted.' : messageOf(error),
        )
      },
    )
  }
  if (!workspace()) again()
  let wasKnown = false
  createEffect(() => {
    if (workspace()) wasKnown = true
    else if (wasKnown) setProblem('This workspace has been deleted.')
  })
  return { workspace, problem, again }
}
