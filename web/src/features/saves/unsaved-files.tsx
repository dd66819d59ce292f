import { For, Show, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { FileLink } from './file-link.tsx'
import styles from './saves.module.css'

const REASONS = {
  dirty: 'not handed over yet',
  saving: 'being handed over',
  conflict: 'changed on disk while you edited it: choose which to keep',
  refused: 'could not be written',
} as const

/** Files whose text is in this page only. */
export function UnsavedFiles(props: { onOpen: (path: string) => void }): JSX.Element {
  const { documents } = useSession()
  const unsaved = () =>
    Object.entries(documents.views).flatMap(([path, view]) =>
      view?.phase === 'open' && view.status !== 'clean'
        ? [{ path, status: view.status, why: view.problem }]
        : [],
    )
  return (
    <Show when={unsaved().length > 0}>
      <section class={styles['section']}>
        <h3>In this page only</h3>
        <ul>
          <For each={unsaved()}>
            {({ path, status, why }) => (
              <li>
                <FileLink path={path} onOpen={props.onOpen} />
                <span>{why ?? REASONS[status]}</span>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}
