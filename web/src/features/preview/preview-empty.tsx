import { Match, Show, Switch, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { IconAlert, IconGlobe, IconPlay } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './preview-empty.module.css'

/** Of an app that came to its end, was interrupted (Ctrl+C) or stopped. */
const WANTED_EXITS = new Set([0, 130, 143])

/** What the preview shows while there is no page. */
export function PreviewEmpty(): JSX.Element {
  const { previews, run, commands, readiness, terminals, layout } = useSession()
  const isRunning = () => run.status().state === 'running'
  /** The app itself has ended, and not because somebody wanted it to. */
  const hasFailed = () => run.status().state === 'exited' && !WANTED_EXITS.has(run.status().exitCode ?? 0)
  const showTerminal = () => {
    const id = run.status().terminalId
    if (id) terminals.activate(id)
    layout.set({ panel: true, pane: 'terminal' })
  }
  const start = () => (
    <Button size="sm" onClick={() => commands.run('run.start')}>
      <IconPlay size={12} fill="currentColor" /> {hasFailed() ? 'Start it again' : 'Start the app'}
    </Button>
  )
  return (
    <div class={styles['empty']} role="status" data-testid="preview-empty">
      <Switch>
        <Match when={!readiness.isReady()}>
          <IconGlobe size={22} aria-hidden="true" />
          <p>The app appears here when the workspace is ready.</p>
        </Match>
        <Match when={previews.error()}>
          {(message) => (
            <>
              <IconAlert size={20} aria-hidden="true" />
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
        <Match when={previews.port() !== null && hasFailed()}>
          <IconAlert size={20} aria-hidden="true" />
          <p>
            The app ended with exit code {run.status().exitCode}, and nothing listens on{' '}
            <code>:{previews.port()}</code>. Its terminal says why.
          </p>
          <div class={styles['actions']}>
            {start()}
            <Button size="sm" tone="quiet" onClick={showTerminal}>
              Show the terminal
            </Button>
          </div>
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
              <Show when={!isRunning() && run.status().command !== null}>{start()}</Show>
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
