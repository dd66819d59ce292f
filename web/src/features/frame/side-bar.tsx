import { For, onCleanup, Show, Suspense, type JSX } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { useSession } from '../../kernel/workspace-session.ts'
import { Explorer } from '../explorer/explorer.tsx'
import { showSide, shownSide, sideViews } from './side-views.ts'

/** The chosen view of the side bar. The explorer stays in the page behind the others. */
export function SideBar(): JSX.Element {
  const { commands, layout } = useSession()
  onCleanup(
    commands.register(
      sideViews.map(({ side, label, keys }) => ({
        id: `view.${side}`,
        title: `View: ${label}`,
        ...(keys && { keys }),
        run: () => {
          showSide(layout, side)
          // A view that begins with a box takes the cursor there; one that is only being fetched does so itself.
          queueMicrotask(() => document.querySelector<HTMLElement>('[data-side-focus]')?.focus())
        },
      })),
    ),
  )
  return (
    <>
      <div style={{ display: shownSide(layout) === 'explorer' ? 'contents' : 'none' }}>
        <Explorer />
      </div>
      <For each={sideViews}>
        {({ side, view }) => (
          <Show when={view && layout.state.sideBar && shownSide(layout) === side && view}>
            {(component) => (
              <Suspense>
                <Dynamic component={component()} />
              </Suspense>
            )}
          </Show>
        )}
      </For>
    </>
  )
}
