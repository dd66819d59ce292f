import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { IconHistory } from '../../ui/icons.ts'
import styles from './history-page.module.css'

/** Before a file is chosen. */
export function HistoryWelcome(): JSX.Element {
  const { session } = useApp()
  return (
    <div class={styles['welcome']}>
      <IconHistory size={34} stroke-width={1.2} aria-hidden="true" />
      <p>Choose a save or commit to see which files it changed, and a file to see what it did.</p>
      <Show when={session.data()?.keepSavesDays}>
        {(days) => (
          <p>Every save is kept for {days()} days; after that the last session of each day stays.</p>
        )}
      </Show>
    </div>
  )
}
