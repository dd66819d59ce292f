import { A } from '@solidjs/router'
import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ThemeToggle } from '../../ui/theme-toggle.tsx'
import { Wordmark } from '../../ui/wordmark.tsx'
import { IsolationBadge } from '../status/isolation-badge.tsx'
import styles from './dashboard-header.module.css'

export function DashboardHeader(): JSX.Element {
  const { session, theme } = useApp()
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
        <ThemeToggle theme={theme} />
      </div>
    </header>
  )
}
