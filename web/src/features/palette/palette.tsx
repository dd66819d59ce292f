import { Dialog } from '@kobalte/core/dialog'
import { createEffect, createMemo, createSignal, For, on, Show, type JSX } from 'solid-js'
import { formatKey, isMac } from '../../kernel/keybindings.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { FileIcon } from '../explorer/file-icon.tsx'
import styles from './palette.module.css'
import { commandItems, createFileItems, type PaletteItem } from './palette-items.ts'

interface PaletteProps {
  /** `>` opens the commands. */
  initial: '' | '>'
  onClose: () => void
}

/** Quick open and commands in one box: a text that starts with `>` is for commands. */
export function Palette(props: PaletteProps): JSX.Element {
  const session = useSession()
  const mac = isMac(navigator.platform)
  // The box takes the focus as it is made, before the dialog could see where it was.
  const opener = document.activeElement
  const [text, setText] = createSignal<string>(props.initial)
  const [index, setIndex] = createSignal(0)
  const files = createFileItems(session)
  const wantsCommands = () => text().startsWith('>')
  const items = createMemo((): PaletteItem[] =>
    wantsCommands() ? commandItems(session.commands, text().slice(1).trim()) : files.find(text().trim()),
  )
  createEffect(on(items, () => setIndex(0), { defer: true }))
  let list: HTMLUListElement | undefined

  const choose = (item: PaletteItem | undefined) => {
    if (!item) return
    props.onClose()
    // After the dialog has given the focus back, so that the item may take it.
    setTimeout(() => item.run())
  }
  const move = (step: number) => {
    const count = items().length
    if (count === 0) return
    setIndex((index() + step + count) % count)
    list?.children[index()]?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'ArrowDown' || (event.ctrlKey && event.key === 'n')) move(1)
    else if (event.key === 'ArrowUp' || (event.ctrlKey && event.key === 'p')) move(event.key === 'p' ? 1 : -1)
    else if (event.key === 'Enter') choose(items()[index()])
    else return
    event.preventDefault()
  }

  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay class={styles['overlay']} />
        <div class={styles['place']}>
          <Dialog.Content
            class={styles['box']}
            onCloseAutoFocus={(event) => {
              event.preventDefault()
              if (opener instanceof HTMLElement) opener.focus()
            }}
            aria-label={wantsCommands() ? 'Commands' : 'Open a file'}
          >
            <input
              ref={(element) => queueMicrotask(() => element.focus())}
              class={styles['input']}
              role="combobox"
              aria-expanded="true"
              aria-controls="palette-list"
              aria-autocomplete="list"
              aria-activedescendant={items().length > 0 ? `palette-${index()}` : undefined}
              aria-label={wantsCommands() ? 'Command' : 'File name'}
              placeholder="Open a file by name, or type > for commands"
              spellcheck={false}
              autocomplete="off"
              value={text()}
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={onKeyDown}
            />
            <ul
              ref={(element) => (list = element)}
              id="palette-list"
              class={styles['list']}
              role="listbox"
              aria-label="Matches"
            >
              <For each={items()}>
                {(item, position) => (
                  <li
                    id={`palette-${position()}`}
                    role="option"
                    class={styles['item']}
                    aria-selected={position() === index()}
                    onPointerMove={() => setIndex(position())}
                    onClick={() => choose(item)}
                  >
                    <Show when={item.file}>{(name) => <FileIcon name={name()} />}</Show>
                    <span class={styles['title']}>
                      <For each={item.title}>
                        {(part) => (part.hit ? <mark>{part.text}</mark> : part.text)}
                      </For>
                    </span>
                    <Show when={item.hint}>
                      <span class={styles['hint']}>{item.hint}</span>
                    </Show>
                    <Show when={item.key}>
                      {(key) => (
                        <span class={styles['keys']}>
                          <For each={formatKey(key(), mac)}>{(cap) => <kbd>{cap}</kbd>}</For>
                        </span>
                      )}
                    </Show>
                  </li>
                )}
              </For>
            </ul>
            <Show when={items().length === 0}>
              <p class={styles['none']} role="status">
                {wantsCommands() ? 'No command matches.' : files.message()}
              </p>
            </Show>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  )
}
