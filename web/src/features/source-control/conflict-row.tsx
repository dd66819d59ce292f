import type { GitConflict } from '@codenest/runner/protocol'
import { For, type JSX } from 'solid-js'
import { baseName, parentOf } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { FileIcon } from '../explorer/file-icon.tsx'
import styles from './change-lists.module.css'
import { conflictChoices } from './conflict-choices.ts'
import { useSourceControl } from './context.ts'

const MEANINGS: Record<GitConflict['kind'], string> = {
  'both-modified': 'changed by both',
  'both-added': 'added by both',
  'deleted-by-us': 'deleted here',
  'deleted-by-them': 'deleted there',
  'both-deleted': 'deleted by both',
  'added-by-one': 'added by one',
}

/** A file that both sides changed, and whose text is to be taken. */
export function ConflictRow(props: { conflict: GitConflict }): JSX.Element {
  const session = useSession()
  const { act, busy, status } = useSourceControl()
  const path = () => props.conflict.path
  return (
    <li data-path={path()}>
      <div class={styles['row']}>
        <button
          type="button"
          class={styles['file']}
          aria-label={`Edit ${path()}`}
          onClick={() => session.edit(path())}
        >
          <span class={styles['chevron']} />
          <FileIcon name={baseName(path())} />
          <span class={styles['name']}>{baseName(path())}</span>
          <span class={styles['folder']}>{parentOf(path())}</span>
          <span class={styles['meaning']}>{MEANINGS[props.conflict.kind]}</span>
        </button>
      </div>
      <div class={styles['conflict']}>
        <div class={styles['choices']} role="group" aria-label={`Settle ${path()}`}>
          <For each={conflictChoices(props.conflict.kind, status()?.state === 'rebase')}>
            {({ choice, label, hint }) => (
              <button
                type="button"
                data-tip={hint}
                disabled={busy() !== null}
                onClick={() => void act('git.resolve', { path: path(), choice })}
              >
                {label}
              </button>
            )}
          </For>
        </div>
      </div>
    </li>
  )
}
