import { For, Show, type JSX } from 'solid-js'
import { IconChevronRight } from '../../ui/icons.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { FileIcon, FolderIcon } from '../explorer/file-icon.tsx'
import type { SharedFiles, SharedRow } from './files.ts'
import styles from './shared-tree.module.css'

const INDENT = 12

interface SharedTreeProps {
  files: SharedFiles
  shown: string | null
  onOpen: (path: string) => void
}

/** The files, by keyboard too: up and down walk, right and left open and close folders. */
export function SharedTree(props: SharedTreeProps): JSX.Element {
  let list: HTMLDivElement | undefined
  const act = (row: SharedRow) => {
    if (row.kind === 'folder') props.files.toggle(row.path)
    else if (row.kind !== 'submodule') props.onOpen(row.path)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...(list?.querySelectorAll('button') ?? [])]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const row = props.files.rows()[at]
    if (!row) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) buttons[at + step]?.focus()
    else if (row.kind !== 'folder' || row.expanded !== (event.key === 'ArrowLeft')) return
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') props.files.toggle(row.path)
    else return
    event.preventDefault()
  }
  return (
    <div class={styles['tree']} ref={(element) => (list = element)} onKeyDown={onKeyDown}>
      <Show when={props.files.problem()}>
        {(message) => (
          <p class={styles['note']} role="alert">
            {message()}
          </p>
        )}
      </Show>
      <Show when={props.files.loading() && props.files.rows().length === 0}>
        <div class={styles['note']} role="status" aria-label="The files are loading">
          <Skeleton width="70%" height="12px" />
        </div>
      </Show>
      <ul aria-label="Files">
        <For each={props.files.rows()}>
          {(row) => (
            <li>
              <button
                type="button"
                class={styles['row']}
                style={{ 'padding-left': `${8 + (row.level - 1) * INDENT}px` }}
                aria-expanded={row.kind === 'folder' ? row.expanded : undefined}
                aria-current={props.shown === row.path ? 'true' : undefined}
                disabled={row.kind === 'submodule'}
                data-path={row.path}
                onClick={() => act(row)}
              >
                <span class={styles['chevron']}>
                  <Show when={row.kind === 'folder'}>
                    <IconChevronRight size={13} aria-hidden="true" />
                  </Show>
                </span>
                <Show when={row.kind === 'folder'} fallback={<FileIcon name={row.name} />}>
                  <FolderIcon open={row.expanded} />
                </Show>
                <span class={styles['name']}>{row.name}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.files.truncated()}>
        <p class={styles['note']}>A folder has more than 5,000 entries; the rest is in the download.</p>
      </Show>
    </div>
  )
}
