import { ContextMenu as KobalteContext } from '@kobalte/core/context-menu'
import { DropdownMenu as Kobalte } from '@kobalte/core/dropdown-menu'
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

/** A button that opens a menu. `trigger` is the button's content. */
export function Menu(props: {
  entries: MenuEntry[]
  label: string
  class: string | undefined
  trigger: JSX.Element
}): JSX.Element {
  return (
    <Kobalte gutter={4} preventScroll={false} modal={false}>
      <Kobalte.Trigger class={props.class} aria-label={props.label} data-tip={props.label}>
        {props.trigger}
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

/** A menu at the pointer over `children`. `entries` is asked when it opens. */
export function ContextMenu(props: {
  entries: MenuEntry[]
  class?: string | undefined
  onClosed?: () => void
  children: JSX.Element
}): JSX.Element {
  return (
    <KobalteContext preventScroll={false} modal={false}>
      <KobalteContext.Trigger class={props.class}>{props.children}</KobalteContext.Trigger>
      <KobalteContext.Portal>
        <KobalteContext.Content
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
                  <KobalteContext.Separator class={styles['separator']} />
                </Show>
                <KobalteContext.Item
                  class={styles['item']}
                  data-danger={entry.danger ? '' : undefined}
                  disabled={entry.disabled ?? false}
                  onSelect={() => entry.run()}
                >
                  <EntryContent entry={entry} />
                </KobalteContext.Item>
              </>
            )}
          </For>
        </KobalteContext.Content>
      </KobalteContext.Portal>
    </KobalteContext>
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
