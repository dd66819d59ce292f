import { createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import type { Theme } from '../../kernel/theme.ts'
import type { Toasts } from '../../kernel/toasts.ts'
import { Segmented } from '../../ui/segmented.tsx'
import { SharedFile } from './shared-file.tsx'
import { SharedHeader } from './shared-header.tsx'
import styles from './shared-page.module.css'
import { SharedTree } from './shared-tree.tsx'
import type { SharedModel } from './model.ts'

const SharedHistoryList = lazy(async () => ({
  default: (await import('./shared-history.tsx')).SharedHistoryList,
}))

const VIEWS = [
  { value: 'files', label: 'Files' },
  { value: 'history', label: 'History' },
] as const

interface SharedPageProps {
  model: SharedModel
  theme: Theme
  toasts: Toasts
}

/** Files of somebody's workspace, to be looked at: on the left what there is, on the right one of them. */
export function SharedPage(props: SharedPageProps): JSX.Element {
  const [view, setView] = createSignal<(typeof VIEWS)[number]['value']>('files')
  return (
    <div class={styles['page']} data-testid="shared">
      <SharedHeader model={props.model} theme={props.theme} toasts={props.toasts} />
      <div class={styles['body']}>
        <aside class={styles['side']} aria-label="Files">
          <Show when={props.model.about()?.history}>
            <div class={styles['views']}>
              <Segmented label="What is listed" options={VIEWS} value={view()} onChange={setView} />
            </div>
          </Show>
          <Show
            when={view() === 'history'}
            fallback={
              <SharedTree files={props.model.files} shown={props.model.path()} onOpen={props.model.open} />
            }
          >
            <Suspense>
              <SharedHistoryList model={props.model} onChosen={() => setView('files')} />
            </Suspense>
          </Show>
        </aside>
        <main class={styles['main']}>
          <Show
            when={props.model.about() && props.model.path()}
            keyed
            fallback={
              <Show when={props.model.about()}>
                <p class={styles['hint']}>Choose a file to look at it.</p>
              </Show>
            }
          >
            {(path) => <SharedFile path={path} model={props.model} theme={props.theme} />}
          </Show>
        </main>
      </div>
    </div>
  )
}
