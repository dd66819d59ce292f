import type { PortInfo } from '@codenest/runner/protocol'
import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js'
import type { Api } from './api.ts'
import type { Connection } from './connection.ts'
import { messageOf } from './errors.ts'

export interface Previews {
  ports: Accessor<PortInfo[]>
  /** The port that is shown or waited for; null when none is declared and none listens. */
  port: Accessor<number | null>
  choosePort: (port: number) => void
  listening: Accessor<boolean>
  /** Listening, or only just gone: a server that restarts on a save must not make the page flash. */
  visible: Accessor<boolean>
  path: Accessor<string>
  /** What the frame shows; null before the first load. `key` changes with each load. */
  page: Accessor<{ url: string; origin: string; key: number } | null>
  error: Accessor<string | null>
  loading: Accessor<boolean>
  go: (path: string) => void
  reload: () => void
  /** A signed URL for a tab of its own. */
  openElsewhere: () => Promise<string>
}

const RESTART_MILLISECONDS = 2_500

/** The app that runs in the workspace, seen through a port. It loads by itself when the port opens. */
export function createPreviews(
  api: Api,
  connection: Connection,
  workspace: string,
  declared: Accessor<number[]>,
): Previews {
  const [ports, setPorts] = createSignal<PortInfo[]>([])
  const [chosen, setChosen] = createSignal<number | null>(null)
  const [path, setPath] = createSignal('/')
  const [page, setPage] = createSignal<{ url: string; origin: string; key: number } | null>(null)
  const [error, setError] = createSignal<string | null>(null)
  const [loading, setLoading] = createSignal(false)
  const [visible, setVisible] = createSignal(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  onCleanup(connection.on('hello', (hello) => setPorts(hello.ports)))
  onCleanup(connection.on('ports.changed', setPorts))

  const isOpen = (port: number) => ports().some((info) => info.port === port)
  const port = () => chosen() ?? declared().find(isOpen) ?? declared()[0] ?? ports()[0]?.port ?? null
  const listening = () => {
    const wanted = port()
    return wanted !== null && isOpen(wanted)
  }

  let turn = 0
  const load = () => {
    const wanted = port()
    if (wanted === null) return
    const mine = ++turn
    setLoading(true)
    api
      .openPreview(workspace, { port: wanted, path: path() })
      .then(
        (preview) => {
          if (mine !== turn) return
          setError(null)
          setPage({ ...preview, key: mine })
        },
        (reason: unknown) => {
          if (mine === turn) setError(messageOf(reason))
        },
      )
      .finally(() => {
        if (mine === turn) setLoading(false)
      })
  }
  createEffect(
    on([port, listening], ([, open]) => {
      clearTimeout(timer)
      if (open) {
        setVisible(true)
        load()
      } else timer = setTimeout(() => setVisible(false), RESTART_MILLISECONDS)
    }),
  )

  return {
    ports,
    port,
    choosePort: (next) => {
      setPage(null)
      setChosen(next)
    },
    listening,
    visible,
    path,
    page,
    error,
    loading,
    go: (next) => {
      setPath(next.startsWith('/') ? next : `/${next}`)
      load()
    },
    reload: load,
    openElsewhere: async () => {
      const preview = await api.openPreview(workspace, { port: port() ?? 0, path: path() })
      return preview.url
    },
  }
}
