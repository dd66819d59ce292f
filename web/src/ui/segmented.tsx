import { For, type JSX } from 'solid-js'
import styles from './segmented.module.css'

interface SegmentedProps<T extends string> {
  label: string
  options: readonly { value: T; label: string; hint?: string }[]
  value: T
  onChange: (value: T) => void
}

/** A choice of a few that are all in sight. */
export function Segmented<T extends string>(props: SegmentedProps<T>): JSX.Element {
  return (
    <div class={styles['group']} role="group" aria-label={props.label}>
      <For each={props.options}>
        {(option) => (
          <button
            type="button"
            aria-pressed={props.value === option.value}
            data-tip={option.hint}
            onClick={() => props.onChange(option.value)}
          >
            {option.label}
          </button>
        )}
      </For>
    </div>
  )
}
