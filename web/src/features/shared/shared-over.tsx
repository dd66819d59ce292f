import type { Problem } from '@codenest/platform/protocol'
import { Show, type JSX } from 'solid-js'
import { Button } from '../../ui/button.tsx'
import { Mark } from '../../ui/wordmark.tsx'
import styles from './shared-page.module.css'

const TITLES: Record<string, string> = {
  link_revoked: 'This link is revoked',
  link_expired: 'This link has expired',
  no_such_link: 'Not a link',
  nothing_saved: 'Nothing here yet',
}

/** In place of everything, when a link opens nothing: why, and what to do. */
export function SharedOver(props: { problem: Problem; onRetry: () => void }): JSX.Element {
  const isFinal = () => props.problem.status === 410
  return (
    <main class={styles['over']} data-testid="shared-over">
      <Mark size={34} />
      <h1>{TITLES[props.problem.code] ?? 'It cannot be shown'}</h1>
      <p>{props.problem.detail}</p>
      <Show when={!isFinal()}>
        <Button onClick={() => props.onRetry()}>Try again</Button>
      </Show>
    </main>
  )
}
