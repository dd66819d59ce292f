import type { Workspace } from '@codenest/platform/protocol'
import type { PortInfo } from '@codenest/runner/protocol'
import { batch, createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js'
import type { Api } from './api.ts'
import type { Connection } from './connection.ts'
import { messageOf } from './errors.ts'
import { readStored, writeStored } from './storage.ts'

export interface Previews {
  ports: Accessor<PortInfo[]>
  /** The port that is shown or waited for; null when none is declared and none listens. */
  port: Accessor<number | null>
  /** Shows a port, from its first page unless it is shown already. */
  choosePort: (port: number) => void
  listening: Accessor<boolean>
  /** Listening, or only just gone: a server that restarts on a save must not make the page flash. */
  visible: Accessor<boolean>
  /** As it was asked for last: where links of the app have led since, only the app knows. */
  path: Accessor<string>
  /** What the frame shows; null before the first load. `key` changes with each load. */
  page: Accessor<{ url: string; origin: string; key: number } | null>
  error: Accessor<string | null>
  loading: Accessor<boolean>
  go: (path: string) => void
  /** Whether something was asked for before (-1) or after (1) what is asked for now. */
  canStep: (by: -1 | 1) => boolean
  step: (by: -1 | 1) => void
  reload: () => void
  /** Whether the page in the frame tells what its console says; kept by this browser. */
  isWatched: Accessor<boolean>
  /** Another wish loads the page again. */
  setWatched: (watched: boolean) => void
  /** The address that a person may keep; it opens for its owner, and whom the port is shared with. */
  address: (port: number, path?: string) => string
  /** A signed URL for a tab of its own. */
  signedUrl: (port: number, path?: string) => Promise<string>
}

/** What was asked for in the pane; `port` is null for the one that offers itself. */
interface Place {
  port: number | null
  path: string
}

const RESTART_MILLISECONDS = 2_500
const MOST_PLACES = 100
const WATCHED_KEY = 'codenest.console'

/** The app that runs in the workspace, seen through a port. It loads by itself when the port opens. */
export function createPreviews(
  api: Api,
  connection: Connection,
  id: string,
  workspace: Accessor<Workspace | undefined>,
): Previews {
  const [ports, setPorts] = createSignal<PortInfo[]>([])
  const [places, setPlaces] = createSignal<Place[]>([{ port: null, path: '/' }])
  const [at, setAt] = createSignal(0)
  const [turns, setTurns] = createSignal(0)
  const [page, setPage] = createSignal<{ url: string; origin: string; key: number } | null>(null)
  const [error, setError] = createSignal<string | null>(null)
  const [loading, setLoading] = createSignal(false)
  const [visible, setVisible] = createSignal(false)
  const [isWatched, setWatched] = createSignal(readStored(WATCHED_KEY, isBoolean) ?? false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  onCleanup(connection.on('hello', (hello) => setPorts(hello.ports)))
  onCleanup(connection.on('ports.changed', setPorts))
  createEffect(() => {
    const state = workspace()?.state
    if (state !== 'stopped' && state !== 'failed') return
    setPorts([])
    setVisible(false)
  })

  const openedAt = (port: number) => ports().find((info) => info.port === port)?.openedAt ?? null
  const isOpen = (port: number) => openedAt(port) !== null
  const place = createMemo(() => places()[at()] ?? { port: null, path: '/' })
  const port = createMemo(() => {
    const declared = workspace()?.ports ?? []
    return place().port ?? declared.find(isOpen) ?? declared[0] ?? ports()[0]?.port ?? null
  })
  /** Another one when the server was started anew: then its page is loaded again. */
  const opened = createMemo(() => {
    const wanted = port()
    return wanted === null ? null : openedAt(wanted)
  })
  const listening = () => opened() !== null
  const path = () => place().path
  const visit = (next: Place) => {
    const kept = [...places().slice(0, at() + 1), next].slice(-MOST_PLACES)
    batch(() => (setPlaces(kept), setAt(kept.length - 1)))
  }
  const reload = () => void setTurns(turns() + 1)

  let loads = 0
  const load = (wanted: number) => {
    const key = ++loads
    setLoading(true)
    const told = isWatched() ? 'on' : 'off'
    api
      .openPreview(id, { port: wanted, path: path() })
      .then(
        (preview) => {
          if (key !== loads) return
          setError(null)
          setPage({ ...preview, url: `${preview.url}&console=${told}`, key })
        },
        (reason: unknown) => {
          if (key === loads) setError(messageOf(reason))
        },
      )
      .finally(() => {
        if (key === loads) setLoading(false)
      })
  }
  createEffect(
    on([port, opened, place, turns, isWatched], ([wanted, open], before) => {
      clearTimeout(timer)
      if (before && before[0] !== wanted) {
        // Another app: the one before must not stand there meanwhile.
        setPage(null)
        setVisible(false)
      }
      if (open !== null && wanted !== null) {
        setVisible(true)
        load(wanted)
      } else timer = setTimeout(() => setVisible(false), RESTART_MILLISECONDS)
    }),
  )

  return {
    ports,
    port,
    choosePort: (next) => {
      if (next !== port()) visit({ port: next, path: '/' })
    },
    listening,
    visible,
    path,
    page,
    error,
    loading,
    go: (asked) => {
      const next = asked.startsWith('/') ? asked : `/${asked}`
      if (next === path()) reload()
      else visit({ port: port(), path: next })
    },
    canStep: (by) => places()[at() + by] !== undefined,
    step: (by) => {
      if (places()[at() + by]) setAt(at() + by)
    },
    reload,
    isWatched,
    setWatched: (watched) => {
      writeStored(WATCHED_KEY, watched)
      setWatched(watched)
    },
    address: (of, asked = '/') => `${location.protocol}//${of}--${id}.${location.host}${asked}`,
    signedUrl: async (of, asked = '/') => (await api.openPreview(id, { port: of, path: asked })).url,
  }
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
