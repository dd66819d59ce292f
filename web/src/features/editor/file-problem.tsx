import type { JSX } from 'solid-js'
import styles from './welcome.module.css'

/** In place of the text of a file that cannot be shown: it is binary, too large, or gone. */
export function FileProblem(props: { message: string }): JSX.Element {
  return (
    <div class={styles['welcome']}>
      <p class={styles['problem']} role="alert">
        {props.message}
      </p>
    </div>
  )
}
