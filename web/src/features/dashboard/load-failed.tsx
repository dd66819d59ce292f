import type { JSX } from 'solid-js'
import { Button } from '../../ui/button.tsx'
import { IconAlert } from '../../ui/icons.ts'
import styles from './load-failed.module.css'

export function LoadFailed(props: { what: string; message: string; onRetry: () => void }): JSX.Element {
  return (
    <div class={styles['box']} role="alert">
      <IconAlert size={16} class={styles['icon']} />
      <div class={styles['text']}>
        <p>{props.what}</p>
        <p class={styles['message']}>{props.message}</p>
      </div>
      <Button size="sm" onClick={() => props.onRetry()}>
        Try again
      </Button>
    </div>
  )
}
