import { A } from '@solidjs/router'
import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ThemeToggle } from '../../ui/theme-toggle.tsx'
import { Wordmark } from '../../ui/wordmark.tsx'
import { IconShieldOff } from '../../ui/icons.ts'
import styles from './dashboard-header.module.css'

export function DashboardHeader(): JSX.Element {
  const { session, theme } = useApp()
  return (
    <header class={styles['header']}>
      <A href="/" class={styles['home']} aria-label="CodeNest, home">
        <Wordmark />
      </A>
      <div class={styles['right']}>
        <Show when={session.data()?.isolation === 'none'}>
          <span
            class={styles['warning']}
            tabindex="0"
            data-tip="Workspaces run as your own user on this machine. Open only code that you trust."
          >
            <IconShieldOff size={14} />
            Not isolated
          </span>
        </Show>
        <Show when={session.data()}>{(data) => <span class={styles['owner']}>{data().owner}</span>}</Show>
        <ThemeToggle theme={theme} />
      </div>
    </header>
  )
}
