import type { JSX } from 'solid-js'
import styles from './skeleton.module.css'

/** A grey shape where something will be. Width and height are CSS lengths. */
export function Skeleton(props: { width: string; height: string; radius?: string }): JSX.Element {
  return (
    <span
      class={styles['skeleton']}
      style={{ width: props.width, height: props.height, 'border-radius': props.radius }}
      aria-hidden="true"
    />
  )
}
