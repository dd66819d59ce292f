import type { Save } from '@codenest/platform/protocol'
import { Show, type JSX } from 'solid-js'
import { baseName } from '../../kernel/paths.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconCompare, IconHistory, IconUndo } from '../../ui/icons.ts'
import styles from './history.module.css'

interface SaveRowProps {
  save: Save
  /** The open file; null when there is none. */
  path: string | null
  canRestore: boolean
  onCompare: (path: string) => void
  /** Null for the whole workspace. */
  onRestore: (path: string | null) => void
}

export function SaveRow(props: SaveRowProps): JSX.Element {
  const time = () => new Date(props.save.at).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit' })
  return (
    <li class={styles['row']} data-testid="save-row">
      <div class={styles['text']}>
        <span class={styles['message']} title={props.save.message}>
          {props.save.message}
        </span>
        <span class={styles['meta']}>
          <time datetime={props.save.at}>{time()}</time> · {props.save.author}
        </span>
      </div>
      <div class={styles['actions']}>
        <Show when={props.path}>
          {(path) => (
            <>
              <IconButton
                label={`Compare ${baseName(path())} with now`}
                disabled={!props.canRestore}
                onClick={() => props.onCompare(path())}
              >
                <IconCompare size={14} />
              </IconButton>
              <IconButton
                label={`Restore ${baseName(path())}`}
                disabled={!props.canRestore}
                onClick={() => props.onRestore(path())}
              >
                <IconUndo size={14} />
              </IconButton>
            </>
          )}
        </Show>
        <IconButton
          label="Restore the workspace to this save"
          disabled={!props.canRestore}
          onClick={() => props.onRestore(null)}
        >
          <IconHistory size={14} />
        </IconButton>
      </div>
    </li>
  )
}
