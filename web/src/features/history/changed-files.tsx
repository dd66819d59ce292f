import type { ChangedFile } from '@codenest/platform/protocol'
import { For, Match, Show, Switch, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { createLoader } from '../../kernel/loader.ts'
import { baseName, parentOf } from '../../kernel/paths.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconHistory } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { FileIcon } from '../explorer/file-icon.tsx'
import styles from './changed-files.module.css'
import { useHistory, type Comparison } from './model.ts'

const LETTERS: Record<ChangedFile['status'], [letter: string, meaning: string]> = {
  added: ['A', 'added'],
  modified: ['M', 'modified'],
  deleted: ['D', 'deleted'],
  type: ['T', 'became something else'],
}

/** What differs between two points: each file opens its diff. */
export function ChangedFiles(props: Comparison): JSX.Element {
  const { api } = useApp()
  const { place } = useHistory()
  const changes = createLoader(() =>
    api.changes(place.id, props.to.commit, { from: props.from.commit ?? undefined }),
  )
  return (
    <Switch
      fallback={
        <p class={styles['note']} role="status">
          <Spinner size={11} /> Looking up what changed
        </p>
      }
    >
      <Match when={changes.error()}>
        {(message) => (
          <div class={styles['note']} role="alert">
            <p>{message()}</p>
            <Button size="sm" onClick={changes.reload}>
              Try again
            </Button>
          </div>
        )}
      </Match>
      <Match when={changes.data()}>
        {(found) => (
          <ul class={styles['files']} aria-label="Changed files">
            <For each={found().files} fallback={<li class={styles['note']}>No file changed.</li>}>
              {(file) => <FileRow file={file} {...props} />}
            </For>
            <Show when={found().truncated}>
              <li class={styles['note']}>There are more; the first 1,000 are listed.</li>
            </Show>
          </ul>
        )}
      </Match>
    </Switch>
  )
}

function FileRow(props: Comparison & { file: ChangedFile }): JSX.Element {
  const { diffs, place, scope, setScope } = useHistory()
  const letter = () => LETTERS[props.file.status]
  return (
    <li class={styles['row']}>
      <button
        type="button"
        class={styles['file']}
        title={props.file.path}
        onClick={() => place.openDiff(diffs.change(props.file, props.from, props.to))}
      >
        <FileIcon name={baseName(props.file.path)} />
        <span class={styles['name']}>{baseName(props.file.path)}</span>
        <span class={styles['folder']}>{parentOf(props.file.path)}</span>
      </button>
      <Show when={scope() !== props.file.path}>
        <span class={styles['actions']}>
          <IconButton label={`History of ${props.file.path}`} onClick={() => setScope(props.file.path)}>
            <IconHistory size={13} />
          </IconButton>
        </span>
      </Show>
      <abbr class={styles['letter']} data-status={props.file.status} title={letter()[1]}>
        {letter()[0]}
      </abbr>
    </li>
  )
}
