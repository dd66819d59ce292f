import { Show, type JSX } from 'solid-js'
import type { Diff } from '../../kernel/diffs.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconArrowRight, IconColumns, IconDown, IconUp } from '../../ui/icons.ts'
import styles from './diff-pane.module.css'

interface DiffHeaderProps {
  diff: Diff
  /** On which sides there is no such file. */
  missing: { original: boolean; modified: boolean }
  inline: boolean
  onInline: (inline: boolean) => void
  onGo: (where: 'next' | 'previous') => void
}

/** What is compared with what, and the ways through it. */
export function DiffHeader(props: DiffHeaderProps): JSX.Element {
  return (
    <header class={styles['header']}>
      <p class={styles['labels']}>
        <span data-side="original">
          {props.diff.original.label}
          <Show when={props.missing.original}> · not there</Show>
        </span>
        <IconArrowRight size={13} aria-label="compared with" />
        <span data-side="modified">
          {props.diff.modified.label}
          <Show when={props.missing.modified}> · not there</Show>
        </span>
      </p>
      <IconButton label="Previous change" onClick={() => props.onGo('previous')}>
        <IconUp size={14} />
      </IconButton>
      <IconButton label="Next change" onClick={() => props.onGo('next')}>
        <IconDown size={14} />
      </IconButton>
      <IconButton
        label="Side by side"
        aria-pressed={!props.inline}
        onClick={() => props.onInline(!props.inline)}
      >
        <IconColumns size={14} />
      </IconButton>
    </header>
  )
}
