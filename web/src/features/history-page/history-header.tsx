import { A } from '@solidjs/router'
import type { Workspace } from '@codenest/platform/protocol'
import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { buttonClass } from '../../ui/button.tsx'
import { StateDot, stateLabels } from '../../ui/state-dot.tsx'
import { ThemeToggle } from '../../ui/theme-toggle.tsx'
import { Mark } from '../../ui/wordmark.tsx'
import styles from './history-page.module.css'

export function HistoryHeader(props: { id: string; workspace: Workspace | undefined }): JSX.Element {
  const { theme } = useApp()
  const isDown = () => props.workspace?.state === 'stopped' || props.workspace?.state === 'failed'
  return (
    <header class={styles['header']}>
      <A href="/" class={styles['home']} aria-label="All workspaces" data-tip="All workspaces">
        <Mark size={20} />
      </A>
      <span class={styles['slash']} aria-hidden="true">
        /
      </span>
      <h1 class={styles['name']}>
        <A href={`/w/${props.id}`}>{props.workspace?.name ?? props.id}</A>
      </h1>
      <Show when={props.workspace}>
        {(workspace) => (
          <span class={styles['state']} role="status">
            <StateDot state={workspace().state} />
            {stateLabels[workspace().state]}
          </span>
        )}
      </Show>
      <span class={styles['space']} />
      <A href={`/w/${props.id}`} state={{ start: true }} class={buttonClass('plain', 'sm')}>
        {isDown() ? 'Start and open' : 'Open'}
      </A>
      <ThemeToggle theme={theme} />
    </header>
  )
}
