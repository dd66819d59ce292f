import type { JSX } from 'solid-js'
import { CopyButton } from './copy-button.tsx'
import styles from './copy-field.module.css'

/** A line of text to take along. */
export function CopyField(props: { label: string; value: string }): JSX.Element {
  return (
    <div class={styles['row']}>
      <span class={styles['label']}>{props.label}</span>
      <code class={styles['value']}>{props.value}</code>
      <CopyButton label={`Copy ${props.label.toLowerCase()}`} text={() => props.value} />
    </div>
  )
}
