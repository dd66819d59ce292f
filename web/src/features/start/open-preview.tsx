import { A, useSearchParams } from '@solidjs/router'
import { createSignal, onMount, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { messageOf } from '../../kernel/errors.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { FullPage } from './full-pages.tsx'

/**
 * Where the gateway sends a browser that visits a preview's address without being signed in there: this page, which
 * is, fetches a ticket and goes back. A page has to do it, because the session cookie is kept from redirects.
 */
export function OpenPreview(): JSX.Element {
  const { api } = useApp()
  const [query] = useSearchParams<{ workspace: string; port: string; path: string }>()
  const [problem, setProblem] = createSignal<string | null>(null)

  onMount(() => {
    const { workspace = '', port = '', path = '/' } = query
    api
      .openPreview(workspace, { port: Number(port), path })
      .then(({ url }) => location.replace(url))
      .catch((error: unknown) => setProblem(messageOf(error)))
  })

  return (
    <Show
      when={problem()}
      fallback={
        <FullPage title="Opening the preview">
          <Spinner size={16} />
        </FullPage>
      }
    >
      {(message) => (
        <FullPage
          title="The preview cannot be opened"
          action={
            <A href="/" class={buttonClass()}>
              Go to your workspaces
            </A>
          }
        >
          {message()}
        </FullPage>
      )}
    </Show>
  )
}
