import type { JSX } from 'solid-js'
import styles from './saves.module.css'

export function FileLink(props: { path: string; onOpen: (path: string) => void }): JSX.Element {
  return (
    <button type="button" class={styles['file']} title={props.path} onClick={() => props.onOpen(props.path)}>
      {props.path}
    </button>
  )
}
