import type { WorkspaceSession } from '../../../kernel/workspace-session.ts'

export function isConsoleShown({ layout, previews }: WorkspaceSession): boolean {
  return layout.state.console && previews.isWatched()
}

/** Shows the console, of which the page has to tell from now on, or puts it away. Then it goes on telling. */
export function toggleConsole(session: WorkspaceSession): void {
  const isShown = isConsoleShown(session)
  session.layout.set('console', !isShown)
  if (!isShown) session.previews.setWatched(true)
}
