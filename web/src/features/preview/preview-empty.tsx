import { Match, Show, Switch, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconGlobe, IconPlay } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './preview-empty.module.css'

/** What the preview shows while there is no page. */
export function PreviewEmpty(): JSX.Element {
  const { previews, run, commands, readiness } = useSession()
  const isRunning = () => run.status().state === 'running'
  return (
    <div class={styles['empty']} role="status">
      <Switch>
        <Match when={previews.error()}>
          {(message) => (
            <>
              <p>{message()}</p>
              <Button size="sm" onClick={previews.reload}>
                Try again
              </Button>
            </>
          )}
        </Match>
        <Match when={previews.listening()}>
          <Spinner size={18} />
        </Match>
        <Match when={!readiness.isReady()}>
          <IconGlobe size={22} aria-hidden="true" />
          <p>The app appears here when the workspace is ready.</p>
        </Match>
        <Match when={previews.port()}>
          {(port) => (
            <>
              <Show when={isRunning()} fallback={<IconGlobe size={22} aria-hidden="true" />}>
                <Spinner size={20} />
              </Show>
              <p>
                Waiting for a server on <code>:{port()}</code>
              </p>
              <Show when={!isRunning() && run.status().command !== null}>
                <Button size="sm" onClick={() => commands.run('run.start')}>
                  <IconPlay size={12} fill="currentColor" /> Start the app
                </Button>
              </Show>
            </>
          )}
        </Match>
        <Match when={true}>
          <IconGlobe size={22} aria-hidden="true" />
          <p>A server that you start in a terminal appears here.</p>
        </Match>
      </Switch>
    </div>
  )
}
