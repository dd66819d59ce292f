import type { PlatformEvents, Workspace } from '@codenest/platform/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { createStore, produce, reconcile } from 'solid-js/store'
import { API, type Api } from './api.ts'
import { messageOf } from './errors.ts'

export interface WorkspaceList {
  items: Workspace[]
  /** False until the first answer. */
  loaded: Accessor<boolean>
  error: Accessor<string | null>
  find: (id: string) => Workspace | undefined
  /** Takes over a newer state that another request has answered with. */
  put: (workspace: Workspace) => void
  refresh: () => void
}

const RETRY_MILLISECONDS = 3_000

/**
 * All workspaces, kept current by server-sent events. A hidden page gives its stream back: browsers allow six
 * connections to an origin, and a person with seven tabs must not wait for the seventh.
 */
export function createWorkspaceList(api: Api): WorkspaceList {
  const [state, setState] = createStore<{ items: Workspace[] }>({ items: [] })
  const [loaded, setLoaded] = createSignal(false)
  const [error, setError] = createSignal<string | null>(null)
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined

  const replaceAll = (items: Workspace[]) => {
    setState('items', reconcile(items.toSorted(newestFirst), { key: 'id', merge: true }))
    setLoaded(true)
    setError(null)
  }
  const put = (workspace: Workspace) => {
    const index = state.items.findIndex((item) => item.id === workspace.id)
    if (index >= 0) setState('items', index, reconcile(workspace))
    else setState('items', (items) => [workspace, ...items].toSorted(newestFirst))
  }
  const remove = (id: string) =>
    setState(
      'items',
      produce((items) => {
        const index = items.findIndex((item) => item.id === id)
        if (index >= 0) items.splice(index, 1)
      }),
    )

  const refresh = () => {
    api.workspaces().then(replaceAll, (reason: unknown) => setError(messageOf(reason)))
  }
  const listen = <N extends keyof PlatformEvents>(name: N, take: (data: PlatformEvents[N]) => void) => {
    source?.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data)))
  }
  const open = () => {
    clearTimeout(retry)
    if (source || document.hidden) return
    source = new EventSource(`${API}/events`)
    listen('snapshot', (data) => replaceAll(data.workspaces))
    listen('workspace', put)
    listen('workspace-removed', (data) => remove(data.id))
    source.addEventListener('error', () => {
      // CONNECTING: the browser retries by itself. CLOSED: it was refused; a plain request tells why.
      if (source?.readyState !== EventSource.CLOSED) return
      close()
      refresh()
      retry = setTimeout(open, RETRY_MILLISECONDS)
    })
  }
  const close = () => {
    clearTimeout(retry)
    source?.close()
    source = null
  }
  const follow = () => (document.hidden ? close() : open())

  document.addEventListener('visibilitychange', follow)
  onCleanup(() => {
    document.removeEventListener('visibilitychange', follow)
    close()
  })
  refresh()
  open()

  return {
    get items() {
      return state.items
    },
    loaded,
    error,
    find: (id) => state.items.find((item) => item.id === id),
    put,
    refresh,
  }
}

function newestFirst(a: Workspace, b: Workspace): number {
  return b.createdAt.localeCompare(a.createdAt)
}
