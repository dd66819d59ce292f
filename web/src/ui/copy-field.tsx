import { createSignal, onCleanup, Show, type JSX } from 'solid-js'
import styles from './copy-field.module.css'
import { IconButton } from './icon-button.tsx'
import { IconCheck, IconCopy } from './icons.ts'

/** A line of text to take along. */
export function CopyField(props: { label: string; value: string }): JSX.Element {
  const [copied, setCopied] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const copy = async () => {
    await navigator.clipboard.writeText(props.value)
    setCopied(true)
    clearTimeout(timer)
    timer = setTimeout(() => setCopied(false), 1_600)
  }
  return (
    <div class={styles['row']}>
      <span class={styles['label']}>{props.label}</span>
      <code class={styles['value']}>{props.value}</code>
      <IconButton
        label={copied() ? 'Copied' : `Copy ${props.label.toLowerCase()}`}
        onClick={() => void copy()}
      >
        <Show when={copied()} fallback={<IconCopy size={14} />}>
          <IconCheck size={14} />
        </Show>
      </IconButton>
    </div>
  )
}
