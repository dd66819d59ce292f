import { createSignal, lazy, Show, Suspense, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { createPageConsole } from './console/page-console.ts'
import { isConsoleShown } from './console/toggle-console.ts'
import { DeviceFrame } from './device-frame.tsx'
import { PreviewBar } from './preview-bar.tsx'
import { PreviewEmpty } from './preview-empty.tsx'
import styles from './preview-pane.module.css'

const ConsoleDrawer = lazy(async () => ({
  default: (await import('./console/console-drawer.tsx')).ConsoleDrawer,
}))

/** The app that runs in the workspace, at an origin of its own. */
export function PreviewPane(): JSX.Element {
  const session = useSession()
  const { previews } = session
  const [frame, setFrame] = createSignal<HTMLIFrameElement>()
  const origin = () => previews.page()?.origin ?? ''
  const console = createPageConsole(
    () => ({ window: frame()?.contentWindow ?? null, origin: origin() }),
    () => isConsoleShown(session),
  )
  return (
    <section class={styles['pane']} aria-label="Preview">
      <PreviewBar console={console} />
      <div class={styles['body']}>
        <Show when={previews.page()} keyed>
          {(page) => (
            <DeviceFrame
              url={page.url}
              hidden={!previews.visible() || previews.error() !== null}
              ref={setFrame}
              onLoad={console.loaded}
            />
          )}
        </Show>
        <Show when={!previews.visible() || previews.error() !== null || !previews.page()}>
          <PreviewEmpty />
        </Show>
      </div>
      <Suspense>
        <Show when={isConsoleShown(session)}>
          <ConsoleDrawer console={console} origin={origin()} />
        </Show>
      </Suspense>
    </section>
  )
}
