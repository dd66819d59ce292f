import { Show, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { DeviceFrame } from './device-frame.tsx'
import { PreviewBar } from './preview-bar.tsx'
import { PreviewEmpty } from './preview-empty.tsx'
import styles from './preview-pane.module.css'

/** The app that runs in the workspace, at an origin of its own. */
export function PreviewPane(): JSX.Element {
  const { previews } = useSession()
  return (
    <section class={styles['pane']} aria-label="Preview">
      <PreviewBar />
      <div class={styles['body']}>
        <Show when={previews.page()} keyed>
          {(page) => <DeviceFrame url={page.url} hidden={!previews.visible() || previews.error() !== null} />}
        </Show>
        <Show when={!previews.visible() || previews.error() !== null || !previews.page()}>
          <PreviewEmpty />
        </Show>
      </div>
    </section>
  )
}
