import type { JSX } from 'solid-js'
import { IconAlert } from '../../ui/icons.ts'
import styles from './conflict-bar.module.css'

/** A line above the text: what is the matter with the file, and what can be done. */
export function EditorNotice(props: {
  role: 'alert' | 'status'
  actions: JSX.Element
  children: JSX.Element
}): JSX.Element {
  return (
    <div class={styles['bar']} role={props.role} data-testid="editor-notice">
      <IconAlert size={15} class={styles['icon']} />
      <p>{props.children}</p>
      {props.actions}
    </div>
  )
}
