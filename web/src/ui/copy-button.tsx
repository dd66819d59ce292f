import { createSignal, onCleanup, Show, type JSX } from 'solid-js'
import { IconButton } from './icon-button.tsx'
import { IconCheck, IconCopy } from './icons.ts'

const SHOWN_MILLISECONDS = 1_600

/** Copies a text, and says for a moment that it did. */
export function CopyButton(props: { label: string; text: () => string; class?: string }): JSX.Element {
  const [copied, setCopied] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const copy = async () => {
    await navigator.clipboard.writeText(props.text())
    setCopied(true)
    clearTimeout(timer)
    timer = setTimeout(() => setCopied(false), SHOWN_MILLISECONDS)
  }
  return (
    <IconButton
      label={copied() ? 'Copied' : props.label}
      class={props.class ?? ''}
      onClick={() => void copy()}
    >
      <Show when={copied()} fallback={<IconCopy size={14} />}>
        <IconCheck size={14} />
      </Show>
    </IconButton>
  )
}
