import { For, Show, type JSX } from 'solid-js'
import { notKept } from '../../kernel/save-status.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { FileLink } from './file-link.tsx'
import styles from './saves.module.css'

/** The runner tells no more of them. */
const MOST_TOLD = 100

/** What is on the workspace's disk and in no save, each with the reason. */
export function NotKept(props: { onOpen: (path: string) => void }): JSX.Element {
  const { saves } = useSession()
  const files = () => notKept(saves()).files
  const repositories = () => notKept(saves()).repositories
  return (
    <>
      <Show when={files().length > 0}>
        <section class={styles['section']}>
          <h3>
            {files().length >= MOST_TOLD ? 'At least a hundred files' : 'Files'} in no save{' '}
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
      <Show when={repositories().length > 0}>
        <section class={styles['section']}>
          <h3>
            Repositories kept in part <span class={styles['count']}>{repositories().length}</span>
          </h3>
          <p>Their files are in every save; what else they hold is on this workspace’s disk only.</p>
          <ul>
            <For each={repositories()}>
              {({ path, message }) => (
                <li>
                  <code>{path}</code>
                  <span>{message}</span>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
    </>
  )
}
