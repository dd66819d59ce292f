import { createSignal, type JSX } from 'solid-js'
import { TextInput } from '../../ui/field.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconChevronDown, IconClose, IconUp } from '../../ui/icons.ts'
import styles from './terminal-find.module.css'

export function TerminalFind(props: {
  /** False when nothing was found. */
  onFind: (text: string, forward: boolean) => boolean
  onClose: () => void
}): JSX.Element {
  const [text, setText] = createSignal('')
  const [missing, setMissing] = createSignal(false)
  const find = (forward: boolean) => setMissing(text() !== '' && !props.onFind(text(), forward))

  return (
    <search class={styles['find']}>
      <TextInput
        ref={(element) => queueMicrotask(() => element.focus())}
        class={styles['input'] ?? ''}
        aria-label="Find in terminal"
        placeholder="Find"
        invalid={missing()}
        onInput={(event) => {
          setText(event.currentTarget.value)
          find(true)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find(!event.shiftKey)
          if (event.key === 'Escape') props.onClose()
        }}
      />
      <IconButton label="Previous match" onClick={() => find(false)}>
        <IconUp size={14} />
      </IconButton>
      <IconButton label="Next match" onClick={() => find(true)}>
        <IconChevronDown size={14} />
      </IconButton>
      <IconButton label="Close" onClick={() => props.onClose()}>
        <IconClose size={14} />
      </IconButton>
    </search>
  )
}
