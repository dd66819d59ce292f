import { For, type JSX } from 'solid-js'
import { Button } from '../../ui/button.tsx'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

/** Branches that were pushed to the workspace from elsewhere and could not simply be followed. */
export function IncomingNotices(): JSX.Element {
  const { act, busy, incoming } = useSourceControl()
  return (
    <For each={incoming()}>
      {({ branch, message }) => (
        <div class={styles['banner']} role="status">
          <p>{message}</p>
          <div class={styles['ways']}>
            <Button
              size="sm"
              disabled={busy() !== null}
              onClick={() => void act('incoming.resolve', { branch, keep: 'merge' })}
            >
              Merge
            </Button>
            <Button
              size="sm"
              tone="quiet"
              disabled={busy() !== null}
              onClick={() => void act('incoming.resolve', { branch, keep: 'mine' })}
            >
              Keep mine
            </Button>
          </div>
        </div>
      )}
    </For>
  )
}
