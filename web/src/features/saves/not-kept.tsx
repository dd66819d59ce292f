import { For, Show, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { FileLink } from './file-link.tsx'
import styles from './saves.module.css'

/** The runner tells no more of them. */
const MOST_TOLD = 100

/** Files that are on the workspace's disk and in no save, each with the reason. */
export function NotKept(props: { onOpen: (path: string) => void }): JSX.Element {
  const { saves } = useSession()
  const files = () => saves()?.notKept ?? []
  return (
    <Show when={files().length > 0}>
      <section class={styles['section']}>
        <h3>
          {files().length >= MOST_TOLD ? 'More than a hundred files' : 'Files'} in no save{' '}
          <span class={styles['count']}>{files().length}</span>
        </h3>
        <p>They are on this workspace’s disk only, and gone when it stops.</p>
        <ul>
          <For each={files()}>
            {({ path, message }) => (
              <li>
                <FileLink path={path} onOpen={props.onOpen} />
                <span>{message}</span>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}
