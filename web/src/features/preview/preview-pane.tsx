import { createEffect, createSignal, For, on, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { IconClose, IconExternal, IconReload } from '../../ui/icons.ts'
import { PreviewEmpty } from './preview-empty.tsx'
import styles from './preview-pane.module.css'

export function PreviewPane(): JSX.Element {
  const { toasts } = useApp()
  const { previews, layout } = useSession()
  const [typed, setTyped] = createSignal('/')
  createEffect(on(previews.path, setTyped))
  const ports = () => {
    const listed = previews.ports().map((info) => info.port)
    const port = previews.port()
    return port === null || listed.includes(port) ? listed : [port, ...listed]
  }
  const openElsewhere = () => {
    // Opened at once, because a browser allows a new tab only as the answer to a click.
    const tab = window.open('about:blank', '_blank')
    // The app in there is not ours: it must not reach back to this page.
    if (tab) tab.opener = null
    previews.openElsewhere().then(
      (url) => {
        if (tab) tab.location.href = url
      },
      (error: unknown) => {
        tab?.close()
        toasts.failed('The preview could not be opened')(error)
      },
    )
  }

  return (
    <section class={styles['pane']} aria-label="Preview">
      <div class={styles['bar']}>
        <IconButton label="Reload preview" disabled={!previews.listening()} onClick={previews.reload}>
          <IconReload size={14} />
        </IconButton>
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
        </form>
        <IconButton label="Open in a new tab" disabled={!previews.listening()} onClick={openElsewhere}>
          <IconExternal size={15} />
        </IconButton>
        <IconButton
          label="Hide preview"
          class={styles['hide'] ?? ''}
          onClick={() => layout.set('preview', false)}
        >
          <IconClose size={15} />
        </IconButton>
      </div>
      <div class={styles['body']}>
        <Show when={previews.page()} keyed>
          {(page) => (
            <iframe
              class={styles['frame']}
              hidden={!previews.visible()}
              title="Preview"
              src={page.url}
              sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
              allow="clipboard-write; fullscreen"
            />
          )}
        </Show>
        <Show when={!previews.visible() || !previews.page()}>
          <PreviewEmpty />
        </Show>
      </div>
    </section>
  )
}
