import { createEffect, createSignal, For, on, Show, type JSX } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import styles from './preview-bar.module.css'

/** Which port, and which path of it: what was asked for here. */
export function PreviewAddress(): JSX.Element {
  const { previews } = useSession()
  const [typed, setTyped] = createSignal('/')
  createEffect(on(previews.path, setTyped))
  const ports = () => {
    const listed = previews.ports().map((info) => info.port)
    const port = previews.port()
    return port === null || listed.includes(port) ? listed : [port, ...listed]
  }
  return (
    <form
      class={styles['address']}
      onSubmit={(event) => {
        event.preventDefault()
        previews.go(typed().trim())
      }}
    >
      <Show
        when={ports().length > 1}
        fallback={
          <Show when={previews.port()}>{(port) => <span class={styles['port']}>:{port()}</span>}</Show>
        }
      >
        <select
          class={styles['port']}
          aria-label="Port"
          onChange={(event) => previews.choosePort(Number(event.currentTarget.value))}
        >
          <For each={ports()}>
            {(port) => (
              <option value={port} selected={port === previews.port()}>
                :{port}
              </option>
            )}
          </For>
        </select>
      </Show>
      <input
        class={styles['path']}
        aria-label="Path"
        spellcheck={false}
        autocomplete="off"
        disabled={previews.port() === null}
        value={typed()}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => setTyped(previews.path())}
      />
      <Show when={previews.port()}>
        {(port) => (
          <CopyButton
            label="Copy link"
            class={styles['copy'] ?? ''}
            text={() => previews.address(port(), previews.path())}
          />
        )}
      </Show>
    </form>
  )
}
