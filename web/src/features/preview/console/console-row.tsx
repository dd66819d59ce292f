import { createSignal, onMount, Show, type JSX } from 'solid-js'
import { useSession } from '../../../kernel/workspace-session.ts'
import { IconAlert, IconError, IconInfo } from '../../../ui/icons.ts'
import styles from './console.module.css'
import type { ConsoleLine } from './page-console.ts'
import type { Level, Place } from './read-message.ts'
import { nameOf, type SourceFile } from './source-files.ts'

const ICONS: Partial<Record<Level, typeof IconError>> = { error: IconError, warn: IconAlert, info: IconInfo }
/** Of a text that is longer, the beginning is shown until more is asked for. */
const MOST_ROWS = 6
const MOST_UNITS = 600

/** One line of the console, which may be many rows of text. */
export function ConsoleRow(props: {
  line: ConsoleLine
  findFile: (place: Place) => Promise<SourceFile | null>
}): JSX.Element {
  const { text, level, count, place } = props.line
  const [isOpen, setOpen] = createSignal(false)
  const beginning = beginningOf(text)
  const Icon = ICONS[level]
  return (
    <div class={styles['line']} data-level={level} data-testid="console-line">
      <span class={styles['icon']}>
        {Icon && <Icon size={13} aria-hidden="true" />}
        <span class={styles['spoken']}>{level}</span>
      </span>
      <div class={styles['text']}>
        {isOpen() ? text : beginning}
        <Show when={beginning.length < text.length}>
          <button
            type="button"
            class={styles['more']}
            aria-expanded={isOpen()}
            onClick={() => setOpen(!isOpen())}
          >
            {isOpen() ? 'Show less' : 'Show all'}
          </button>
        </Show>
      </div>
      <Show when={count > 1}>
        <span class={styles['count']} title={`${count} times in a row`}>
          {count.toLocaleString()}
        </span>
      </Show>
      <Show when={place}>{(at) => <Source place={at()} findFile={props.findFile} />}</Show>
    </div>
  )
}

/** A link when a file of the workspace is behind it. */
function Source(props: {
  place: Place
  findFile: (place: Place) => Promise<SourceFile | null>
}): JSX.Element {
  const { goTo, edit } = useSession()
  const [file, setFile] = createSignal<SourceFile | null>(null)
  onMount(() => void props.findFile(props.place).then(setFile))
  const open = ({ path, line }: SourceFile) => {
    if (line === null) edit(path)
    else goTo(path, { line, column: props.place.column, length: 0 })
  }
  return (
    <Show
      when={file()}
      fallback={
        <span class={styles['source']} title={props.place.url}>
          {nameOf(props.place)}
        </span>
      }
    >
      {(found) => (
        <button type="button" class={styles['source']} title={found().path} onClick={() => open(found())}>
          {nameOf(props.place, found().line !== null)}
        </button>
      )}
    </Show>
  )
}

function beginningOf(text: string): string {
  const rows = text.split('\n', MOST_ROWS + 1)
  const cut = rows.length > MOST_ROWS ? rows.slice(0, MOST_ROWS).join('\n') : text
  return cut.length > MOST_UNITS ? cut.slice(0, MOST_UNITS) : cut
}
