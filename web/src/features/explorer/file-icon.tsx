import { Show, type JSX } from 'solid-js'
import { fileKind } from './file-kinds.ts'
import styles from './file-icon.module.css'

/** A small sign of what a file is: two letters or a drawing, in the colour that its syntax has in the editor. */
export function FileIcon(props: { name: string }): JSX.Element {
  const kind = () => fileKind(props.name)
  return (
    <span class={styles['icon']} style={{ color: `var(${kind().tint})` }} aria-hidden="true">
      <Show when={kind().path} fallback={<span class={styles['letters']}>{kind().letters}</span>}>
        {(path) => (
          <svg
            width="14"
            height="14"
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.3"
            stroke-linecap="round"
            stroke-linejoin="round"
          >
            <path d={path()} />
          </svg>
        )}
      </Show>
    </span>
  )
}

export function FolderIcon(props: { open: boolean }): JSX.Element {
  return (
    <span class={styles['icon']} style={{ color: 'var(--faint)' }} aria-hidden="true">
      <svg
        width="14"
        height="14"
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        stroke-width="1.3"
        stroke-linejoin="round"
      >
        <Show
          when={props.open}
          fallback={
            <path
              d="M1.8 4.3a1.2 1.2 0 0 1 1.2-1.2h3l1.6 1.8h5.4a1.2 1.2 0 0 1 1.2 1.2v5.7A1.2 1.2 0 0 1 13 13H3a1.2 1.2 0 0 1-1.2-1.2z"
              fill="currentColor"
              fill-opacity="0.16"
            />
          }
        >
          <path
            d="M2 12.3V4.3a1.2 1.2 0 0 1 1.2-1.2h2.8l1.6 1.8h4.6a1.2 1.2 0 0 1 1.2 1.2v.9M2 12.3l1.7-4.5a1.2 1.2 0 0 1 1.1-.8h9.2a.7.7 0 0 1 .7.9l-1.3 4.2a1.2 1.2 0 0 1-1.1.9H3A1 1 0 0 1 2 12.3z"
            fill="currentColor"
            fill-opacity="0.16"
          />
        </Show>
      </svg>
    </span>
  )
}
