import { DropdownMenu as Kobalte } from '@kobalte/core/dropdown-menu'
import { For, Show, type JSX } from 'solid-js'
import iconButton from './icon-button.module.css'
import { MenuEntryContent, runEntry } from './menu-entry-content.tsx'
import type { MenuEntry } from './menu-entry.ts'
import styles from './menu.module.css'

/** A button with a menu. */
export function DropdownMenu(props: { label: string; icon: JSX.Element; entries: MenuEntry[] }): JSX.Element {
  return (
    <Kobalte preventScroll={false} modal={false} placement="bottom-end" gutter={2}>
      <Kobalte.Trigger class={iconButton['button']} aria-label={props.label}>
        {props.icon}
      </Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content class={styles['menu']}>
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
