import { Show, type JSX } from 'solid-js'
import { formatBytes } from '../../kernel/bytes.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import styles from './saves.module.css'

/** What waits on the workspace's disk while the remote is away. */
export function QueueState(): JSX.Element {
  const { saves } = useSession()
  const waiting = () => {
    const queue = saves()?.queue
    return saves()?.state === 'failing' && queue && queue.saves > 0 ? queue : null
  }
  return (
    <Show when={waiting()}>
      {(queue) => (
        <section class={styles['section']}>
          <h3>Waiting for the remote</h3>
          <p>
            {queue().saves} {queue().saves === 1 ? 'save' : 'saves'}, {formatBytes(queue().bytes)} of at most{' '}
            {formatBytes(queue().limit)}
          </p>
          <progress
            class={styles['queue']}
            aria-label="How full the queue is"
            max={queue().limit}
            value={queue().bytes}
          />
        </section>
      )}
    </Show>
  )
}
