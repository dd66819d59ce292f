import type { JSX } from 'solid-js'
import styles from './wordmark.module.css'

/** Two angle brackets that hold something safe. */
export function Mark(props: { size?: number }): JSX.Element {
  return (
    <svg
      width={props.size ?? 22}
      height={props.size ?? 22}
      viewBox="0 0 24 24"
      fill="none"
      aria-hidden="true"
    >
      <path
        d="M8.6 5.5 3.5 12l5.1 6.5M15.4 5.5l5.1 6.5-5.1 6.5"
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
      <circle cx="12" cy="12" r="2.2" fill="var(--accent)" />
    </svg>
  )
}

export function Wordmark(): JSX.Element {
  return (
    <span class={styles['wordmark']}>
      <Mark />
      CodeNest
    </span>
  )
}
