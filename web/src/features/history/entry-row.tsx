import type { HistoryEntry } from '@codenest/platform/protocol'
import { createSignal, Show, type JSX } from 'solid-js'
import { formatBytes } from '../../kernel/bytes.ts'
import { baseName } from '../../kernel/paths.ts'
import { relativeTime } from '../../kernel/relative-time.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconMore } from '../../ui/icons.ts'
import { DropdownMenu } from '../../ui/dropdown-menu.tsx'
import { ChangedFiles } from './changed-files.tsx'
import { createEntryActions } from './entry-actions.ts'
import { pointBefore, pointOf } from './history-diffs.ts'
import { useHistory } from './model.ts'
import { exactTime } from './times.ts'
import styles from './timeline.module.css'

/** Where there is no pointer that hovers, a menu must be there before it is touched. */
const HOVERS = matchMedia('(hover: hover)').matches

/** One save or commit. In the timeline of a file it opens the diff, else the files that it changed. */
export function EntryRow(props: { entry: HistoryEntry; now: number }): JSX.Element {
  const { picked, scope, shown, slide, stray } = useHistory()
  const actions = createEntryActions(() => props.entry)
  const [open, setOpen] = createSignal(false)
  const [near, setNear] = createSignal(!HOVERS)
  const isFile = () => scope() !== null && props.entry.file?.size !== null
  const count = () => {
    const { files, message, more, paths } = props.entry
    // What the terminal changed has no name of its own.
    const [first = ''] = paths
    if (files > 0 && !message.includes(baseName(first)) && props.entry.kind === 'save')
      return files === 1 && !more
        ? baseName(first)
        : `${baseName(first)} and ${files - 1}${more ? '+' : ''} more`
    return `${files}${more ? '+' : ''} ${files === 1 && !more ? 'file' : 'files'}`
  }
  const size = () => {
    const { file, bytes } = props.entry
    if (scope() === null) return bytes > 0 ? formatBytes(bytes) : null
    if (file === null) return 'deleted here'
    return file?.size === undefined || file.size === null ? null : formatBytes(file.size)
  }
  const facts = () =>
    [scope() === null ? count() : null, size(), props.entry.author]
      .filter((fact) => fact !== null)
      .map((fact) => ` · ${fact}`)
      .join('')
  const act = () => {
    const path = scope()
    if (path !== null && isFile()) slide(path, props.entry)
    else setOpen(!open())
  }
  return (
    <li data-testid="entry" data-kind={props.entry.kind} data-commit={props.entry.id}>
      <div
        class={styles['row']}
        data-kind={props.entry.kind}
        data-picked={picked()?.id === props.entry.id}
        data-shown={isFile() && shown() === props.entry.id}
        onPointerEnter={() => setNear(true)}
        onFocusIn={() => setNear(true)}
      >
        <button
          type="button"
          class={styles['main']}
          data-row
          aria-expanded={isFile() ? undefined : open()}
          title={scope() === null ? props.entry.paths.join('\n') : undefined}
          onClick={act}
        >
          <span class={styles['sign']} aria-hidden="true" />
          <span class={styles['text']}>
            <span class={styles['message']}>{props.entry.message}</span>
            <span class={styles['meta']}>
              <Show when={props.entry.kind === 'commit'}>
                <span class={styles['tag']}>Commit</span>
              </Show>
              <Show when={props.entry.session !== null && stray().has(props.entry.session)}>
                <span class={`${styles['tag']} ${styles['other']}`}>Other session</span>
              </Show>
              <time datetime={props.entry.at} title={exactTime(props.entry.at)}>
                {relativeTime(Date.parse(props.entry.at), props.now)}
              </time>
              {facts()}
            </span>
          </span>
        </button>
        <span class={styles['actions']}>
          <Show when={near()} fallback={<IconButton label="More" tabindex="-1" />}>
            <DropdownMenu
              label={`Actions of ${props.entry.message}`}
              entries={actions()}
              icon={<IconMore size={15} />}
            />
          </Show>
        </span>
      </div>
      <Show when={open() && !isFile()}>
        <ChangedFiles
          from={pointBefore(props.entry)}
          to={{ ...pointOf(props.entry), commit: props.entry.id }}
        />
      </Show>
    </li>
  )
}
