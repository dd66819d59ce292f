import type { JSX } from 'solid-js'
import styles from './refusal.module.css'

/** Why what was asked for in a dialog has not happened; it is read out when it appears. */
export function Refusal(props: { children: JSX.Element }): JSX.Element {
  return (
    <p class={styles['refusal']} role="alert">
      {props.children}
    </p>
  )
}
