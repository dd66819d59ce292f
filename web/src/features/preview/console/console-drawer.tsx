import { createEffect, createMemo, createSignal, For, on, Show, type JSX } from 'solid-js'
import { layoutDefaults } from '../../../kernel/layout.ts'
import { useSession } from '../../../kernel/workspace-session.ts'
import { IconButton } from '../../../ui/icon-button.tsx'
import { IconClear, IconClose, IconPower } from '../../../ui/icons.ts'
import { Sash } from '../../../ui/sash.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import styles from './console.module.css'
import { ConsoleRow } from './console-row.tsx'
import type { ConsoleLine, PageConsole } from './page-console.ts'
import { createSourceFiles } from './source-files.ts'

const FILTERS = ['all', 'errors', 'warnings', 'logs'] as const
type Filter = (typeof FILTERS)[number]
const NAMES: Record<Filter, string> = { all: 'All', errors: 'Errors', warnings: 'Warnings', logs: 'Logs' }
/** CSS pixels; as high as the pane allows. */
const MAX_HEIGHT = 800
/** How far from the end one may be and still be shown what comes. CSS pixels. */
const NEAR = 24

/** What the console of the previewed page says, below it. */
export function ConsoleDrawer(props: { console: PageConsole; origin: string }): JSX.Element {
  const { layout, previews, connection } = useSession()
  const [filter, setFilter] = createSignal<Filter>('all')
  const findFile = createSourceFiles(connection)
  let list: HTMLDivElement | undefined
  let isAtEnd = true

  const byFilter = createMemo(() => {
    const all = props.console.lines()
    const grouped = { all, errors: [], warnings: [], logs: [] } as Record<Filter, ConsoleLine[]>
    for (const line of all) grouped[filterOf(line)].push(line)
    return grouped
  })
  const options = () =>
    FILTERS.map((value) => {
      const count = byFilter()[value].reduce((sum, line) => sum + line.count, 0)
      return { value, label: value === 'all' || count === 0 ? NAMES[value] : `${NAMES[value]} ${count}` }
    })
  const shown = () => byFilter()[filter()]
  createEffect(
    on(shown, () => {
      if (list && isAtEnd) list.scrollTop = list.scrollHeight
    }),
  )

  return (
    <>
      <Sash
        label="Height of the console"
        orientation="horizontal"
        reverse
        value={layout.state.consoleHeight}
        min={90}
        max={MAX_HEIGHT}
        onChange={(height) => layout.set('consoleHeight', height)}
        onReset={() => layout.set('consoleHeight', layoutDefaults.consoleHeight)}
      />
      <section
        class={styles['drawer']}
        aria-label="Console"
        style={{ '--size': `${layout.state.consoleHeight}px` }}
      >
        <div class={styles['bar']}>
          <Segmented label="Which lines" options={options()} value={filter()} onChange={setFilter} />
          <span class={styles['space']} />
          <IconButton label="Clear the console" onClick={props.console.clear}>
            <IconClear size={14} />
          </IconButton>
          <IconButton label="Stop watching the page" onClick={() => previews.setWatched(false)}>
            <IconPower size={14} />
          </IconButton>
          <IconButton label="Hide the console" onClick={() => layout.set('console', false)}>
            <IconClose size={15} />
          </IconButton>
        </div>
        <div
          ref={(element) => (list = element)}
          class={styles['lines']}
          role="log"
          aria-label="Lines of the console"
          aria-live="off"
          tabindex="0"
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
            (isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR)
          }
        >
          <Show when={props.console.leftOut() > 0}>
            <div class={styles['note']}>
              {props.console.leftOut().toLocaleString()} lines are not here: the page says more than can be
              shown.
            </div>
          </Show>
          <For each={shown()} fallback={<Nothing filter={filter()} isSilent={props.console.isSilent()} />}>
            {(line) => <ConsoleRow line={line} findFile={(place) => findFile(place, props.origin)} />}
          </For>
        </div>
      </section>
    </>
  )
}

function Nothing(props: { filter: Filter; isSilent: boolean }): JSX.Element {
  return (
    <div class={styles['nothing']}>
      <Show
        when={props.isSilent}
        fallback={
          props.filter === 'all'
            ? 'Nothing yet. What the page logs, and its errors, appear here.'
            : `No ${NAMES[props.filter].toLowerCase()} among what the page said.`
        }
      >
        Nothing is heard from this page. Its own content security policy does not allow the console’s script,
        or it is not an HTML page, or it was sent compressed. The browser’s developer tools show its console.
      </Show>
    </div>
  )
}

function filterOf({ level }: ConsoleLine): Filter {
  if (level === 'error') return 'errors'
  return level === 'warn' ? 'warnings' : 'logs'
}
