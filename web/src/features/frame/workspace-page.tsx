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

  // Coming from the dashboard's "Open" starts it; a reload of the page or a link of its own asks first.
  let wantsStart = location.state?.start === true
  if (wantsStart) history.replaceState({ ...history.state, start: undefined }, '')
  createEffect(() => {
    const state = session.workspace()?.state
    document.title = `${session.workspace()?.name ?? props.id} – CodeNest`
    if (!wantsStart || !state) return
    wantsStart = false
    if (state === 'stopped' || state === 'failed') {
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
