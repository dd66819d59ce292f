import { ContextMenu as Kobalte } from '@kobalte/core/context-menu'
import { For, Show, type JSX } from 'solid-js'
import { IconCheck } from './icons.ts'
import styles from './menu.module.css'

export interface MenuEntry {
  label: string
  keys?: string[]
  danger?: boolean
  disabled?: boolean
  checked?: boolean
  /** A line above it. */
  separated?: boolean
  run: () => void
}

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
                  onSelect={() => entry.run()}
                >
                  <EntryContent entry={entry} />
                </Kobalte.Item>
              </>
            )}
          </For>
        </Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte>
  )
}

function EntryContent(props: { entry: MenuEntry }): JSX.Element {
  return (
    <>
      <span class={styles['label']}>{props.entry.label}</span>
      <Show when={props.entry.checked}>
        <IconCheck size={14} />
      </Show>
      <Show when={props.entry.keys}>
        <span class={styles['keys']}>{props.entry.keys?.join(' ')}</span>
      </Show>
    </>
  )
}
