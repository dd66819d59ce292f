import { useLocation, useParams } from '@solidjs/router'
import { createEffect, onCleanup, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { createWorkspaceSession, SessionProvider } from '../../kernel/workspace-session.ts'
import { createEngineSlot } from '../editor/load-engine.ts'
import { lookUpWorkspace } from '../start/workspace-lookup.ts'
import { WorkspaceMissing } from '../start/workspace-missing.tsx'
import { Frame } from './frame.tsx'

export function WorkspacePage(): JSX.Element {
  const params = useParams<{ id: string }>()
  return (
    <Show when={params.id} keyed>
      {(id) => <OneWorkspace id={id} />}
    </Show>
  )
}

function OneWorkspace(props: { id: string }): JSX.Element {
  const app = useApp()
  const location = useLocation<{ start?: boolean }>()
  const engine = createEngineSlot(app.theme.mode)
  onCleanup(engine.dispose)
  const session = createWorkspaceSession(app, props.id, engine.load)
  const lookup = lookUpWorkspace(app, props.id)

  // A visit starts it, once: a workspace that stops while the page is open stays stopped. One that failed is tried
  // again by who comes from the dashboard's "Open"; to others the page says first what was wrong.
  let wantsStart = true
  const retries = location.state?.start === true
  if (retries) history.replaceState({ ...history.state, start: undefined }, '')
  createEffect(() => {
    const state = session.workspace()?.state
    document.title = `${session.workspace()?.name ?? props.id} – CodeNest`
    if (!wantsStart || !state || state === 'stopping') return
    wantsStart = false
    if (state === 'stopped' || (state === 'failed' && retries)) {
      app.api
        .start(props.id)
        .then(app.workspaces.put, app.toasts.failed('The workspace could not be started'))
    }
  })

  return (
    <SessionProvider value={session}>
      <Show
        when={!lookup.problem() || session.workspace()}
        fallback={<WorkspaceMissing id={props.id} lookup={lookup} />}
      >
        <Frame />
      </Show>
    </SessionProvider>
  )
}
