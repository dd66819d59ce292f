import type { HostRepository } from '@codenest/platform/protocol'
import { createEffect, createSignal, For, on, onCleanup, Show, type JSX } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { ApiError, messageOf } from '../../kernel/errors.ts'
import { relativeTime } from '../../kernel/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextInput } from '../../ui/field.tsx'
import { IconLock } from '../../ui/icons.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './code-host.module.css'
import { hostName } from './host-name.ts'

interface RepositoriesDialogProps {
  host: string
  onChoose: (repository: HostRepository) => void
  onClose: () => void
}

/** Own repositories at the code host, found as one types; more come when one gets to the end. */
export function RepositoriesDialog(props: RepositoriesDialogProps): JSX.Element {
  const { api, toasts } = useApp()
  const [query, setQuery] = createSignal('')
  const [found, setFound] = createSignal<HostRepository[]>([])
  const [next, setNext] = createSignal<number | null>(1)
  const [loading, setLoading] = createSignal(false)
  const [problem, setProblem] = createSignal<{ message: string; reconnect: boolean } | null>(null)
  let asked = new AbortController()
  let list: HTMLUListElement | undefined
  const now = Date.now()

  const load = async () => {
    const page = next()
    if (page === null || loading()) return
    const { signal } = asked
    setLoading(true)
    try {
      const answer = await api.hostRepositories(query().trim(), page, signal)
      setFound((before) => [...before, ...answer.repositories])
      setNext(answer.next)
      setLoading(false)
      // Pages in which little fits do not fill the list: there would be nothing to scroll.
      if (answer.next !== null && list && list.scrollHeight <= list.clientHeight) void load()
    } catch (error) {
      if (signal.aborted) return
      setLoading(false)
      const code = error instanceof ApiError ? error.problem.code : ''
      setProblem({ message: messageOf(error), reconnect: code === 'code_host_reconnect' })
    }
  }
  createEffect(
    on(query, () => {
      asked.abort()
      asked = new AbortController()
      setFound([])
      setNext(1)
      setProblem(null)
      setLoading(false)
      void load()
    }),
  )
  onCleanup(() => asked.abort())
  const connect = () => {
    api
      .connectCodeHost('/')
      .then((url) => location.assign(url), toasts.failed(`${hostName(props.host)} could not be connected`))
  }
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    const rows = [...(list?.querySelectorAll<HTMLElement>('button') ?? [])]
    const at = rows.findIndex((row) => row === document.activeElement)
    const target = rows[at + step]
    if (!target) return
    event.preventDefault()
    target.focus()
  }

  return (
    <Dialog
      open
      onClose={() => props.onClose()}
      width={560}
      title={`Your repositories on ${hostName(props.host)}`}
    >
      <Show
        when={!problem()?.reconnect}
        fallback={
          <div class={styles['connect']}>
            <p>
              Connect your account to open your repositories, private ones too, and to push to them. The token
              stays at this CodeNest: no workspace sees it.
            </p>
            <Button tone="solid" data-autofocus onClick={connect}>
              Connect {hostName(props.host)}
            </Button>
          </div>
        }
      >
        <div onKeyDown={move}>
          <TextInput
            class={styles['find'] ?? ''}
            data-autofocus
            aria-label="Find a repository"
            placeholder="Find by name or description"
            value={query()}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
          <ul
            ref={(element) => (list = element)}
            class={styles['repositories']}
            aria-label="Repositories"
            aria-busy={loading()}
            onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
              if (scrollTop + clientHeight > scrollHeight - 200) void load()
            }}
          >
            <For each={found()}>
              {(repository) => (
                <li>
                  <button
                    type="button"
                    class={styles['repository']}
                    onClick={() => props.onChoose(repository)}
                  >
                    <strong>
                      {repository.name}
                      <Show when={repository.private}>
                        <IconLock size={11} aria-label="private" />
                      </Show>
                    </strong>
                    <Show when={repository.pushedAt}>
                      {(at) => <time datetime={at()}>{relativeTime(Date.parse(at()), now)}</time>}
                    </Show>
                    <Show when={repository.description}>
                      <small>{repository.description}</small>
                    </Show>
                  </button>
                </li>
              )}
            </For>
            <li class={styles['more']} role={problem() ? 'alert' : 'status'}>
              <Show when={!problem()} fallback={problem()?.message}>
                <Show
                  when={loading()}
                  fallback={found().length === 0 && next() === null ? 'No repository of yours fits.' : ''}
                >
                  <Spinner />
                </Show>
              </Show>
            </li>
          </ul>
        </div>
      </Show>
    </Dialog>
  )
}
