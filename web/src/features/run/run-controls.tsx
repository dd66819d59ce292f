import { createSignal, lazy, onCleanup, Show, Suspense, type JSX } from 'solid-js'
import { formatKey, isMac } from '../../kernel/keybindings.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconChevronDown, IconPlay, IconReload, IconStop } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './run-controls.module.css'

const RunPopover = lazy(async () => ({ default: (await import('./run-popover.tsx')).RunPopover }))

export function RunControls(): JSX.Element {
  const { run, readiness, commands, workspace } = useSession()
  const keys = formatKey('Mod+Enter', isMac(navigator.platform)).join(' ')
  const isRunning = () => run.status().state === 'running'
  const command = () => run.status().command ?? workspace()?.run ?? null
  const tip = () => command() ?? 'Say how this workspace is run'
  const [editing, setEditing] = createSignal(false)
  const [more, setMore] = createSignal<HTMLButtonElement>()
  onCleanup(
    commands.register([
      {
        id: 'run.edit',
        title: 'Run: Change the Command…',
        when: readiness.isReady,
        run: () => setEditing(true),
      },
    ]),
  )

  return (
    <div class={styles['group']} data-running={isRunning()}>
      <button
        type="button"
        class={styles['main']}
        aria-label={isRunning() ? 'Stop' : 'Run'}
        aria-keyshortcuts="Control+Enter"
        disabled={!readiness.isReady() || run.busy()}
        data-tip={tip()}
        data-tip-keys={isRunning() ? undefined : keys}
        onClick={() => {
          if (isRunning()) commands.run('run.stop')
          else if (command() === null) setEditing(true)
          else commands.run('run.start')
        }}
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
      <button
        ref={setMore}
        type="button"
        class={styles['restart']}
        aria-label="Run command"
        aria-haspopup="dialog"
        aria-expanded={editing()}
        data-tip={editing() ? undefined : 'What is run, and how the last run ended'}
        onClick={() => setEditing(!editing())}
      >
        <IconChevronDown size={13} />
      </button>
      <Suspense>
        <Show when={editing()}>
          <RunPopover anchor={more()} onClose={() => setEditing(false)} />
        </Show>
      </Suspense>
    </div>
  )
}
