import {
  createEffect,
  createMemo,
  For,
  Match,
  on,
  onCleanup,
  onMount,
  Show,
  Switch,
  type JSX,
} from 'solid-js'
import { baseName } from '../../kernel/paths.ts'
import { Button } from '../../ui/button.tsx'
import { PanelNote } from '../../ui/side-panel.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { TreeSkeleton } from '../explorer/tree-skeleton.tsx'
import { EntryRow } from './entry-row.tsx'
import { useHistory } from './model.ts'
import { createNow, dayName } from './times.ts'
import styles from './timeline.module.css'
import { moveFocus } from './row-keys.ts'

/** All saves and commits, newest first and by day; older ones come as one scrolls to them. */
export function TimelineList(): JSX.Element {
  const { timeline, scope } = useHistory()
  const now = createNow()
  // Days keep their identity, and with it their rows, while entries come in.
  const days = createMemo(() => [
    ...Map.groupBy(timeline().entries(), (entry) => dayName(entry.at, now())).keys(),
  ])
  const byDay = createMemo(() => Map.groupBy(timeline().entries(), (entry) => dayName(entry.at, now())))

  return (
    <Switch fallback={<TreeSkeleton />}>
      <Match when={timeline().entries().length > 0}>
        <div class={styles['list']} data-testid="timeline" onKeyDown={moveFocus}>
          <For each={days()}>
            {(day) => (
              <section aria-label={day}>
                <h3 class={styles['day']}>{day}</h3>
                <ul>
                  <For each={byDay().get(day)}>{(entry) => <EntryRow entry={entry} now={now()} />}</For>
                </ul>
              </section>
            )}
          </For>
          <TimelineEnd />
        </div>
      </Match>
      <Match when={timeline().error()}>
        {(message) => (
          <PanelNote role="alert">
            <p>The history could not be loaded. {message()}</p>
            <Button size="sm" onClick={() => void timeline().more()}>
              Try again
            </Button>
          </PanelNote>
        )}
      </Match>
      <Match when={timeline().loaded()}>
        <PanelNote>
          <Show
            when={scope()}
            fallback="Nothing has been saved yet. Each save and each commit of this workspace will be here."
          >
            {(path) => (
              <p>{baseName(path())} is in no save and no commit yet. What is saved of it will be here.</p>
            )}
          </Show>
        </PanelNote>
      </Match>
    </Switch>
  )
}

/** Comes into sight when older entries are wanted. */
function TimelineEnd(): JSX.Element {
  const { timeline } = useHistory()
  let end: HTMLDivElement | undefined
  let isSeen = false
  const more = () => {
    if (isSeen && timeline().hasMore() && timeline().error() === null) void timeline().more()
  }
  onMount(() => {
    if (!end) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        isSeen = entry?.isIntersecting ?? false
        more()
      },
      { rootMargin: '400px' },
    )
    observer.observe(end)
    onCleanup(() => observer.disconnect())
  })
  // A page that does not fill the panel leaves the end in sight.
  createEffect(on(() => timeline().entries().length, more, { defer: true }))
  return (
    <div ref={(element) => (end = element)} class={styles['end']}>
      <Switch>
        <Match when={timeline().error()}>
          {(message) => (
            <>
              <p role="alert">{message()}</p>
              <Button size="sm" onClick={() => void timeline().more()}>
                Try again
              </Button>
            </>
          )}
        </Match>
        <Match when={timeline().hasMore()}>
          <p role="status">
            <Spinner size={11} /> Looking for older ones
          </p>
        </Match>
        <Match when={true}>
          <p>The beginning</p>
        </Match>
      </Switch>
    </div>
  )
}
