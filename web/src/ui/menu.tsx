import { ContextMenu as Kobalte } from '@kobalte/core/context-menu'
import { For, Show, type JSX } from 'solid-js'
import type { MenuEntry } from './menu-entry.ts'
import { MenuEntryContent, runEntry } from './menu-entry-content.tsx'
import styles from './menu.module.css'

/** A menu at the pointer over `children`; `entries` may change right before it opens. */
export function ContextMenu(props: {
  entries: MenuEntry[]
  class?: string | undefined
  onClosed?: () => void
  children: JSX.Element
}): JSX.Element {
  return (
    <Kobalte preventScroll={false} modal={false}>
      <Kobalte.Trigger class={props.class}>{props.children}</Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content
          class={styles['menu']}
          onCloseAutoFocus={(event) => {
            if (!props.onClosed) return
            event.preventDefault()
            props.onClosed()
          }}
        >
          <For each={props.entries}>
            {(entry) => (
              <>
                <Show when={entry.separated}>
                  <Kobalte.Separator class={styles['separator']} />
                </Show>
                <Kobalte.Item
                  class={styles['item']}
                  data-danger={entry.danger ? '' : undefined}
                  disabled={entry.disabled ?? false}
                  onSelect={() => runEntry(entry)}
                >
                  <MenuEntryContent entry={entry} />
                </Kobalte.Item>
              </>
            )}
          </For>
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  )
}
