import { A } from '@solidjs/router'
import { createMemo, createSignal, For, Match, Show, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconCheck, IconPlay } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { createSlowness } from './slowness.ts'
import { startStages, startView } from './start-view.ts'
import styles from './start-screen.module.css'

/** Where the text will be, while the workspace is not ready: what is happening, or what to do. */
export function StartScreen(): JSX.Element {
  const { api, toasts, workspaces } = useApp()
  const { id, workspace, readiness, connection, idle } = useSession()
  const [asking, setAsking] = createSignal(false)
  const view = createMemo(() =>
    startView(workspace(), readiness.stage(), connection.state().phase === 'connected'),
  )
  const isSlow = createSlowness(() => (view().kind === 'starting' ? view().step : null))

  const why = () =>
    (idle()?.stopsAt ?? Infinity) <= Date.now() ? 'Nobody had used it for a while.' : 'Somebody stopped it.'

  const start = () => {
    setAsking(true)
    api
      .start(id)
      .then(workspaces.put, toasts.failed('The workspace could not be started'))
      .finally(() => setAsking(false))
  }

  return (
    <div class={styles['screen']} data-testid="start-screen" data-kind={view().kind}>
      <Switch>
        <Match when={view().kind === 'stopped'}>
          <div class={styles['box']}>
            <h2>{workspace()?.name} is stopped</h2>
            <p>{why()} Everything that was saved is in the bucket. Starting lays it out as you left it.</p>
            <Button tone="solid" busy={asking()} onClick={start}>
              <IconPlay size={13} fill="currentColor" /> Start
            </Button>
            <HistoryLink id={id} />
          </div>
        </Match>
        <Match when={view().kind === 'failed'}>
          <div class={styles['box']} role="alert">
            <h2>{workspace()?.name} did not start</h2>
            <p>{view().message}</p>
            <Button tone="solid" busy={asking()} onClick={start}>
              Try again
            </Button>
            <HistoryLink id={id} />
          </div>
        </Match>
        <Match when={view().kind === 'waiting'}>
          <div class={styles['box']} role="status">
            <p class={styles['quiet']}>
              <Spinner /> {view().message}
            </p>
          </div>
        </Match>
        <Match when={view().kind === 'starting'}>
          <div class={styles['box']}>
            <ol class={styles['stages']} aria-label="Progress of the start">
              <For each={startStages}>
                {(stage, index) => (
                  <li
                    class={styles['stage']}
                    data-state={index() < view().step ? 'done' : index() === view().step ? 'now' : 'next'}
                    aria-current={index() === view().step ? 'step' : undefined}
                  >
                    <span class={styles['sign']}>
                      <Switch fallback={<span class={styles['dot']} />}>
                        <Match when={index() < view().step}>
                          <IconCheck size={14} />
                        </Match>
                        <Match when={index() === view().step}>
                          <Spinner />
                        </Match>
                      </Switch>
                    </span>
                    <span>{stage.label}</span>
                  </li>
                )}
              </For>
            </ol>
            <p class={styles['detail']} aria-live="polite">
              {view().message ?? startStages[view().step]?.hint}
            </p>
            <Show when={isSlow()}>
              <p class={styles['slow']} role="status" data-testid="slow-start">
                This takes longer than usual. {startStages[view().step]?.slow}
              </p>
            </Show>
          </div>
        </Match>
      </Switch>
    </div>
  )
}

/** What was saved can be looked at while nothing runs. */
function HistoryLink(props: { id: string }): JSX.Element {
  return (
    <A href={`/w/${props.id}/history`} class={styles['link']}>
      Look at its history
    </A>
  )
}
