import { A } from '@solidjs/router'
import { createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconKey } from '../../ui/icons.ts'
import { ThemeToggle } from '../../ui/theme-toggle.tsx'
import { Wordmark } from '../../ui/wordmark.tsx'
import { IsolationBadge } from '../status/isolation-badge.tsx'
import styles from './dashboard-header.module.css'

const EnvironmentDialog = lazy(async () => ({
  default: (await import('../environment/environment-dialog.tsx')).EnvironmentDialog,
}))

export function DashboardHeader(): JSX.Element {
  const { session, theme } = useApp()
  const [variables, setVariables] = createSignal(false)
  return (
    <header class={styles['header']}>
      <A href="/" class={styles['home']} aria-label="CodeNest, home">
        <Wordmark />
      </A>
      <div class={styles['right']}>
        <IsolationBadge
          isolation={session.data()?.isolation}
          class={styles['isolation']}
          warning={styles['warning']}
        />
        <Show when={session.data()}>{(data) => <span class={styles['owner']}>{data().owner}</span>}</Show>
        <IconButton label="Variables and secrets" aria-haspopup="dialog" onClick={() => setVariables(true)}>
          <IconKey size={15} />
        </IconButton>
        <ThemeToggle theme={theme} />
      </div>
      <Suspense>
        <Show when={variables()}>
          <EnvironmentDialog workspace={null} onClose={() => setVariables(false)} />
        </Show>
      </Suspense>
    </header>
  )
}
