import type { FoundFile, FoundMatch } from '@codenest/runner/protocol'
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js'
import { baseName, parentOf } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconChevronRight, IconClose } from '../../ui/icons.ts'
import { FileIcon } from '../explorer/file-icon.tsx'
import type { SearchModel } from './search-model.ts'
import styles from './search.module.css'

const ROW = 22
const OVERSCAN = 8

interface Row {
  file: FoundFile
  /** null for the line with the file's name. */
  match: FoundMatch | null
}

/** What was found, by file: the rows on the screen and a few around them. */
export function SearchResults(props: { model: SearchModel }): JSX.Element {
  const session = useSession()
  const [folded, setFolded] = createSignal<ReadonlySet<string>>(new Set())
  const [top, setTop] = createSignal(0)
  const [height, setHeight] = createSignal(600)
  const [current, setCurrent] = createSignal(0)
  let scroller: HTMLDivElement | undefined

  const rows = createMemo((): Row[] =>
    props.model
      .files()
      .flatMap((file) => [
        { file, match: null },
        ...(folded().has(file.path) ? [] : file.matches.map((match) => ({ file, match }))),
      ]),
  )
  const first = () => Math.max(0, Math.floor(top() / ROW) - OVERSCAN)
  const shown = createMemo(() => rows().slice(first(), Math.ceil((top() + height()) / ROW) + OVERSCAN))
  createEffect(
    on(
      () => props.model.form.text,
      () => setCurrent(0),
    ),
  )
  onMount(() => {
    if (!scroller) return
    const observer = new ResizeObserver(([entry]) => setHeight(entry?.contentRect.height ?? 600))
    observer.observe(scroller)
    onCleanup(() => observer.disconnect())
  })

  const fold = (path: string, fold = !folded().has(path)) => {
    const next = new Set(folded())
    if (fold) next.add(path)
    else next.delete(path)
    setFolded(next)
  }
  const open = (row: Row | undefined) => {
    if (!row) return
    setCurrent(rows().indexOf(row))
    if (row.match) session.goTo(row.file.path, row.match)
    else fold(row.file.path)
  }
  const moveTo = (index: number) => {
    const next = Math.min(Math.max(index, 0), rows().length - 1)
    setCurrent(next)
    const y = next * ROW
    if (!scroller) return
    if (y < scroller.scrollTop) scroller.scrollTop = y
    else if (y + ROW > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = y + ROW - scroller.clientHeight
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows()[current()]
    const keys: Record<string, () => void> = {
      ArrowDown: () => moveTo(current() + 1),
      ArrowUp: () => moveTo(current() - 1),
      Home: () => moveTo(0),
      End: () => moveTo(rows().length - 1),
      Enter: () => open(row),
      ArrowLeft: () => row && fold(row.file.path, true),
      ArrowRight: () => row && fold(row.file.path, false),
      Delete: () => row && props.model.dismiss(row.file.path, row.match?.offset),
    }
    const action = keys[event.key]
    if (!action || event.target !== scroller) return
    event.preventDefault()
    action()
  }

  return (
    <div
      ref={(element) => (scroller = element)}
      class={styles['results']}
      role="tree"
      tabindex="0"
      aria-label="Matches"
      aria-activedescendant={rows().length > 0 ? `found-${current()}` : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: `${rows().length * ROW}px` }} role="presentation">
        <div style={{ transform: `translateY(${first() * ROW}px)` }} role="presentation">
          <For each={shown()}>
            {(row, position) => (
              <div
                id={`found-${first() + position()}`}
                class={styles['row']}
                role="treeitem"
                aria-level={row.match ? 2 : 1}
                aria-expanded={row.match ? undefined : !folded().has(row.file.path)}
                aria-selected={first() + position() === current()}
                data-path={row.file.path}
                data-line={row.match?.line}
                title={row.match ? row.match.preview.trim() : row.file.path}
                onClick={() => open(row)}
              >
                <Show
                  when={row.match}
                  fallback={<FileLine file={row.file} folded={folded().has(row.file.path)} />}
                >
                  {(match) => <MatchLine match={match()} />}
                </Show>
                <span
                  class={styles['dismiss']}
                  onClick={(event) => event.stopPropagation()}
                  role="presentation"
                >
                  <IconButton
                    label={row.match ? 'Leave this match out' : 'Leave this file out'}
                    tabindex={-1}
                    onClick={() => props.model.dismiss(row.file.path, row.match?.offset)}
                  >
                    <IconClose size={12} />
                  </IconButton>
                </span>
              </div>
            )}
          </For>
        </div>
      </div>
    </div>
  )
}

function FileLine(props: { file: FoundFile; folded: boolean }): JSX.Element {
  return (
    <>
      <span class={styles['chevron']} data-open={!props.folded}>
        <IconChevronRight size={13} aria-hidden="true" />
      </span>
      <FileIcon name={baseName(props.file.path)} />
      <span class={styles['name']}>{baseName(props.file.path)}</span>
      <span class={styles['folder']}>{parentOf(props.file.path)}</span>
      <span class={styles['count']}>{props.file.matches.length}</span>
    </>
  )
}

function MatchLine(props: { match: FoundMatch }): JSX.Element {
  /** What is before the match, as far as it leaves room for it. */
  const before = () => {
    const text = props.match.preview.slice(0, props.match.start).trimStart()
    return text.length > 16 ? `…${text.slice(-14)}` : text
  }
  const hit = () => props.match.preview.slice(props.match.start, props.match.end)
  return (
    <span class={styles['text']}>
      {before()}
      <Show when={props.match.replacement !== null} fallback={<mark>{hit()}</mark>}>
        <del>{hit()}</del>
        <ins>{props.match.replacement}</ins>
      </Show>
      {props.match.preview.slice(props.match.end)}
    </span>
  )
}
