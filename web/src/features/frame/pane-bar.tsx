import { For, type JSX } from 'solid-js'
import type { Pane } from '../../kernel/layout.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconFiles, IconGlobe, IconPencil, IconTerminal } from '../../ui/icons.ts'
import styles from './pane-bar.module.css'

const PANES: { pane: Pane; label: string; icon: typeof IconFiles }[] = [
  { pane: 'files', label: 'Files', icon: IconFiles },
  { pane: 'editor', label: 'Editor', icon: IconPencil },
  { pane: 'terminal', label: 'Terminal', icon: IconTerminal },
  { pane: 'preview', label: 'Preview', icon: IconGlobe },
]

/** On a narrow screen: which one part is shown. */
export function PaneBar(): JSX.Element {
  const { layout } = useSession()
  return (
    <nav class={styles['bar']} aria-label="Parts">
      <For each={PANES}>
        {(item) => (
          <button
            type="button"
            class={styles['item']}
            aria-current={layout.state.pane === item.pane ? 'page' : undefined}
            onClick={() => layout.set('pane', item.pane)}
          >
            <item.icon size={18} stroke-width={1.6} aria-hidden="true" />
            {item.label}
          </button>
        )}
      </For>
    </nav>
  )
}
