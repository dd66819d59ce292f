import { createSignal, onMount, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconReload } from '../../ui/icons.ts'
import { PanelNote, SidePanel } from '../../ui/side-panel.tsx'
import { SearchForm } from './search-form.tsx'
import { countOf, searchModelOf } from './search-model.ts'
import { SearchResults } from './search-results.tsx'
import styles from './search.module.css'

/** Search in all files, and replace. */
export function SearchView(): JSX.Element {
  const { toasts } = useApp()
  const session = useSession()
  const model = searchModelOf(session, toasts)
  const [asking, setAsking] = createSignal(false)
  onMount(() => document.querySelector<HTMLElement>('[data-side-focus]')?.focus())

  const count = () => model.files().reduce((sum, { matches }) => sum + matches.length, 0)
  const found = () =>
    `${countOf(count(), 'match', 'matches')} in ${countOf(model.files().length, 'file', 'files')}`
  const notes = () => {
    const summary = model.summary()
    if (!summary) return null
    if (summary.limited) return 'There are more: narrow the search to see them.'
    return summary.longLines > 0
      ? `${countOf(summary.longLines, 'very long line is', 'very long lines are')} not shown.`
      : null
  }

  return (
    <SidePanel
      title="Search"
      tools={
        <IconButton label="Search again" disabled={!session.readiness.isReady()} onClick={model.run}>
          <IconReload size={14} />
        </IconButton>
      }
    >
      <SearchForm model={model} onReplace={() => setAsking(true)} canReplace={count() > 0} />
      <Show when={model.problem()}>{(message) => <PanelNote role="alert">{message()}</PanelNote>}</Show>
      <Show when={!model.problem() && model.form.text !== ''}>
        <p class={styles['summary']} role="status" data-testid="search-summary" data-busy={model.searching()}>
          <Show
            when={count() > 0}
            fallback={model.searching() || !model.summary() ? 'Searching…' : 'Nothing was found.'}
          >
            {found()}
          </Show>
          <Show when={notes()}>{(note) => <span class={styles['more']}>{note()}</span>}</Show>
        </p>
      </Show>
      <SearchResults model={model} />
      <Show when={asking()}>
        <ConfirmDialog
          open
          title={`Replace ${found()}?`}
          description="All of it becomes one save. The save before it has the files as they are now."
          action="Replace all"
          tone="solid"
          onConfirm={() => {
            setAsking(false)
            void model.replaceAll()
          }}
          onClose={() => setAsking(false)}
        />
      </Show>
    </SidePanel>
  )
}
