import { A, useLocation, useParams } from '@solidjs/router'
import { createEffect, createSignal, onCleanup, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'
import { createWorkspaceSession, SessionProvider } from '../../kernel/workspace-session.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { createEngineSlot } from '../editor/load-engine.ts'
import { FullPage } from '../start/full-pages.tsx'
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
  const [problem, setProblem] = createSignal<string | null>(null)
  const engine = createEngineSlot(app.theme.mode)
  onCleanup(engine.dispose)
  const session = createWorkspaceSession(app, props.id, engine.load)

  const lookUp = () => {
    app.api.workspace(props.id).then(
      (workspace) => {
        setProblem(null)
        app.workspaces.put(workspace)
      },
      (error: unknown) => {
        const isGone = error instanceof ApiError && error.problem.status === 404
        setProblem(
          isGone ? 'There is no workspace of this name. It may have been deleted.' : messageOf(error),
        )
      },
    )
  }
  if (!session.workspace()) lookUp()

  // Coming from the dashboard's "Open" starts it; a reload of the page or a link of its own asks first.
  let wantsStart = location.state?.start === true
  if (wantsStart) history.replaceState({ ...history.state, start: undefined }, '')
  let wasKnown = false
  createEffect(() => {
    const state = session.workspace()?.state
    document.title = `${session.workspace()?.name ?? props.id} – CodeNest`
    if (state) wasKnown = true
    else if (wasKnown) setProblem('This workspace has been deleted.')
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
        when={!problem() || session.workspace()}
        fallback={
          <FullPage
            title={props.id}
            action={
              <div style={{ display: 'flex', gap: '8px' }}>
                <Button tone="quiet" onClick={lookUp}>
                  Try again
                </Button>
                <A href="/" class={buttonClass()}>
                  Go to your workspaces
                </A>
              </div>
            }
          >
            {problem()}
          </FullPage>
        }
      >
        <Frame />
      </Show>
    </SessionProvider>
  )
}
