import type { GitConflict } from '@codenest/runner/protocol'
import { For, type JSX } from 'solid-js'
import { baseName, parentOf } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { Button } from '../../ui/button.tsx'
import { FileIcon } from '../explorer/file-icon.tsx'
import { useSourceControl } from './context.ts'
import styles from './source-control.module.css'

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
  // In a rebase the sides are the other way round: "ours" is what the commits are laid upon.
  const hints = () =>
    status()?.state === 'rebase'
      ? { ours: 'The branch that yours is laid upon', theirs: 'Your own commit' }
      : { ours: 'What your branch has', theirs: 'What comes in' }
  const choices = () =>
    [
      ['ours', 'Ours', hints().ours],
      ['theirs', 'Theirs', hints().theirs],
      ['both', 'Both', 'One after the other where they differ'],
      ['mark', 'Resolved', 'As the file is now'],
    ] as const
  return (
    <li class={styles['conflict']} data-path={path()}>
      <button type="button" class={styles['file']} onClick={() => session.edit(path())}>
        <FileIcon name={baseName(path())} />
        <span class={styles['name']}>{baseName(path())}</span>
        <span class={styles['folder']}>{parentOf(path())}</span>
        <span class={styles['meaning']}>{MEANINGS[props.conflict.kind]}</span>
      </button>
      <div class={styles['ways']}>
        <For each={choices()}>
          {([choice, label, hint]) => (
            <Button
              size="sm"
              data-tip={hint}
              disabled={busy() !== null}
              onClick={() => void act('git.resolve', { path: path(), choice })}
            >
              {label}
            </Button>
          )}
        </For>
      </div>
    </li>
  )
}
