import { useParams, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, lazy, on, onCleanup, Show, Suspense, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import type { Diff } from '../../kernel/diffs.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconReload } from '../../ui/icons.ts'
import { SidePanel } from '../../ui/side-panel.tsx'
import { createEngineSlot } from '../editor/load-engine.ts'
import { HistoryPanel } from '../history/history-panel.tsx'
import { createHistoryModel, HistoryProvider } from '../history/model.ts'
import { lookUpWorkspace } from '../start/workspace-lookup.ts'
import { WorkspaceMissing } from '../start/workspace-missing.tsx'
import { HistoryHeader } from './history-header.tsx'
import styles from './history-page.module.css'
import { HistoryWelcome } from './history-welcome.tsx'
import { createPagePlace } from './page-place.ts'

const DiffPane = lazy(async () => ({ default: (await import('../editor/diff-pane.tsx')).DiffPane }))

/** The history of a workspace on a page of its own: nothing has to run for it. */
export function HistoryPage(): JSX.Element {
  const params = useParams<{ id: string }>()
  return (
    <Show when={params.id} keyed>
      {(id) => <OneHistory id={id} />}
    </Show>
  )
}

function OneHistory(props: { id: string }): JSX.Element {
  const app = useApp()
  const [query, setQuery] = useSearchParams<{ path?: string }>()
  const [diff, setDiff] = createSignal<Diff | null>(null)
  const lookup = lookUpWorkspace(app, props.id)
  const engine = createEngineSlot(app.theme.mode)
  onCleanup(engine.dispose)
  createEffect(
    on(app.theme.mode, (mode) => diff() && void engine.load().then((loaded) => loaded.applyTheme(mode)), {
      defer: true,
    }),
  )
  const place = createPagePlace(app, props.id, {
    workspace: lookup.workspace,
    openDiff: setDiff,
    file: () => diff()?.path ?? null,
    onScope: (path) => setQuery({ path: path ?? undefined }, { replace: true }),
  })
  const model = createHistoryModel(app.api, place, createSignal(query.path ?? null))
  createEffect(() => {
    document.title = `History of ${place.name()} – CodeNest`
  })

  return (
    <Show
      when={!lookup.problem() || lookup.workspace()}
      fallback={<WorkspaceMissing id={props.id} lookup={lookup} />}
    >
      <div class={styles['page']}>
        <HistoryHeader id={props.id} workspace={lookup.workspace()} />
        <div class={styles['body']}>
          <HistoryProvider value={model}>
            <aside class={styles['side']} aria-label="Timeline">
              <SidePanel
                title="History"
                tools={
                  <IconButton label="Look again" onClick={model.refresh}>
                    <IconReload size={14} />
                  </IconButton>
                }
              >
                <HistoryPanel />
              </SidePanel>
            </aside>
          </HistoryProvider>
          <main class={styles['main']}>
            <Suspense>
              <Show when={diff()} fallback={<HistoryWelcome />}>
                {(shown) => (
                  <DiffPane diff={shown()} loadEngine={engine.load} live={() => Promise.resolve(null)} />
                )}
              </Show>
            </Suspense>
          </main>
        </div>
      </div>
    </Show>
  )
}
