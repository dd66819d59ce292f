import type { JSX } from 'solid-js'
import { IconSpinner } from './icons.ts'
import styles from './spinner.module.css'

export function Spinner(props: { size?: number }): JSX.Element {
  return <IconSpinner class={styles['spinner']} size={props.size ?? 14} aria-hidden="true" />
}
