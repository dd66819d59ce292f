import { For, Show, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { PanelNote, PanelScroll, SidePanel } from '../../ui/side-panel.tsx'
import { PortRow } from './port-row.tsx'
import styles from './ports-view.module.css'

/** What the workspace's programs listen on, who may see it, and how to look at it. */
export function PortsView(): JSX.Element {
  const { previews, readiness } = useSession()
  return (
    <SidePanel title="Ports">
      <PanelScroll>
        <Show
          when={readiness.isReady() && previews.ports().length > 0}
          fallback={
            <PanelNote role="status">
              {readiness.isReady()
                ? 'Nothing listens. A server that you start appears here, wherever in the workspace it was started.'
                : 'Ports are listed while the workspace runs.'}
            </PanelNote>
          }
        >
          <table class={styles['ports']}>
            <thead>
              <tr>
                <th scope="col">Port</th>
                <th scope="col" class={styles['what']}>
                  Process
                </th>
                <th scope="col">Visibility</th>
              </tr>
            </thead>
            <tbody>
              {/* By number, so that a row, and a popover of it, outlives news of the others. */}
              <For each={previews.ports().map(({ port }) => port)}>{(port) => <PortRow port={port} />}</For>
            </tbody>
          </table>
          <PanelNote>
            Every port is private unless you share it, and again when the workspace stops.
          </PanelNote>
        </Show>
      </PanelScroll>
    </SidePanel>
  )
}
