import type { GitChange } from '@codenest/runner/protocol'
import { createSignal, Show, type JSX } from 'solid-js'
import { baseName, parentOf } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconChevronRight, IconMinus, IconPlus, IconUndo } from '../../ui/icons.ts'
import { FileIcon } from '../explorer/file-icon.tsx'
import styles from './change-lists.module.css'
import { useSourceControl } from './context.ts'
import type { Discarding } from './discarding.ts'
import { HunkList } from './hunk-list.tsx'
import { openDiff } from './open-diff.ts'

const LETTERS: Record<GitChange['kind'], [letter: string, meaning: string]> = {
  added: ['A', 'added'],
  modified: ['M', 'modified'],
  deleted: ['D', 'deleted'],
  renamed: ['R', 'renamed'],
  copied: ['C', 'copied'],
  type: ['T', 'type changed'],
  untracked: ['U', 'new'],
}

interface ChangeRowProps {
  change: GitChange
  staged: boolean
  discard: Discarding
}

/** One changed file: opens its diff, and below it its hunks. */
export function ChangeRow(props: ChangeRowProps): JSX.Element {
  const session = useSession()
  const { act } = useSourceControl()
  const [open, setOpen] = createSignal(false)
  const path = () => props.change.path
  const letter = () => LETTERS[props.change.kind]
  const hasHunks = () => props.change.kind !== 'untracked' && !props.change.submodule
  const paths = () => [path(), ...(props.change.from === null ? [] : [props.change.from])]
  return (
    <li>
      <div class={styles['row']} data-path={path()}>
        <button
          type="button"
          class={styles['chevron']}
          aria-label={`Parts of ${path()}`}
          aria-expanded={open()}
          disabled={!hasHunks()}
          onClick={() => setOpen(!open())}
        >
          <Show when={hasHunks()}>
            <IconChevronRight size={12} />
          </Show>
        </button>
        <button
          type="button"
          class={styles['file']}
          onClick={() => openDiff(session, props.change, props.staged)}
        >
          <FileIcon name={baseName(path())} />
          <span class={styles['name']}>{baseName(path())}</span>
          <span class={styles['folder']}>{parentOf(path())}</span>
        </button>
        <span class={styles['actions']}>
          <Show
            when={props.staged}
            fallback={
              <>
                <IconButton
                  label={`Discard changes of ${path()}`}
                  onClick={() => void props.discard.files([path()])}
                >
                  <IconUndo size={13} />
                </IconButton>
                <IconButton
                  label={`Stage ${path()}`}
                  onClick={() => void act('git.stage', { paths: [path()] })}
                >
                  <IconPlus size={14} />
                </IconButton>
              </>
            }
          >
            <IconButton
              label={`Unstage ${path()}`}
              onClick={() => void act('git.unstage', { paths: paths() })}
            >
              <IconMinus size={14} />
            </IconButton>
          </Show>
        </span>
        <abbr class={styles['letter']} data-kind={props.change.kind} title={letter()[1]}>
          {letter()[0]}
        </abbr>
      </div>
      <Show when={open() && hasHunks()}>
        <HunkList path={path()} staged={props.staged} discard={props.discard} />
      </Show>
    </li>
  )
}
