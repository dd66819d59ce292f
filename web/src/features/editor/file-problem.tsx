import { Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import styles from './welcome.module.css'

/** In place of the text of a file that cannot be shown: it is binary, too large, or gone. */
export function FileProblem(props: { path: string; message: string; code: string | null }): JSX.Element {
  const { toasts } = useApp()
  const { links } = useSession()
  const isThere = () => props.code === 'binary_file' || props.code === 'file_too_large'
  return (
    <div class={styles['welcome']}>
      <p class={styles['problem']} role="alert">
        {props.message}
      </p>
      <Show when={isThere()}>
        <Button onClick={() => void links.download(props.path).catch(toasts.failed('It was not downloaded'))}>
          Download
        </Button>
      </Show>
    </div>
  )
}
