import { Show, type JSX } from 'solid-js'
import { formatKey, isMac } from '../../kernel/keybindings.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconPlay, IconReload, IconStop } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './run-controls.module.css'

export function RunControls(): JSX.Element {
  const { run, readiness, commands, workspace } = useSession()
  const keys = formatKey('Mod+Enter', isMac(navigator.platform)).join(' ')
  const isRunning = () => run.status().state === 'running'
  const command = () => run.status().command ?? workspace()?.run ?? null
  const tip = () => command() ?? 'This workspace has no run command'

  return (
    <div class={styles['group']} data-running={isRunning()}>
      <button
        type="button"
        class={styles['main']}
        aria-label={isRunning() ? 'Stop' : 'Run'}
        aria-keyshortcuts="Control+Enter"
        disabled={!readiness.isReady() || command() === null || run.busy()}
        data-tip={tip()}
        data-tip-keys={isRunning() ? undefined : keys}
        onClick={() => commands.run(isRunning() ? 'run.stop' : 'run.start')}
      >
        <Show when={!run.busy()} fallback={<Spinner size={13} />}>
          <Show when={isRunning()} fallback={<IconPlay size={13} fill="currentColor" />}>
            <IconStop size={11} fill="currentColor" />
          </Show>
        </Show>
        {isRunning() ? 'Stop' : 'Run'}
      </button>
      <Show when={isRunning()}>
        <button
          type="button"
          class={styles['restart']}
          aria-label="Restart"
          data-tip="Restart"
          data-tip-keys={keys}
          disabled={!readiness.isReady() || run.busy()}
          onClick={() => commands.run('run.restart')}
        >
          <IconReload size={13} />
        </button>
      </Show>
    </div>
  )
}
