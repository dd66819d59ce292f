import type { Problem, SharedHistory, SharedWorkspace } from '@codenest/platform/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { ApiError } from '../../kernel/errors.ts'
import type { SharedApi, SharedPoint } from '../../kernel/shared-api.ts'
import { createSharedFiles, type SharedFiles } from './files.ts'

export type SharedEntry = SharedHistory['entries'][number]

/** What the page of a link shows. */
export interface SharedModel {
  api: SharedApi
  about: Accessor<SharedWorkspace | undefined>
  /** Why nothing is shown (any more); null while something is. */
  over: Accessor<Problem | null>
  /** An older save that is looked at; null: the newest. */
  entry: Accessor<SharedEntry | null>
  setEntry: (entry: SharedEntry | null) => void
  point: Accessor<SharedPoint>
  files: SharedFiles
  /** The file that is shown. */
  path: Accessor<string | null>
  open: (path: string) => void
  /** Counts how often what is shown may have become another: whoever has loaded something loads it again. */
  turn: Accessor<number>
  refresh: () => void
  /** Of whatever is asked for: ends the page when the link is over. Resolves to null then. */
  watch: <T>(answer: Promise<T>) => Promise<T>
}

const LOOK_MILLISECONDS = 15_000

export function createSharedModel(api: SharedApi): SharedModel {
  const [about, setAbout] = createSignal<SharedWorkspace>()
  const [over, setOver] = createSignal<Problem | null>(null)
  const [entry, setEntry] = createSignal<SharedEntry | null>(null)
  const [path, setPath] = createSignal<string | null>(pathOf(location.hash))
  const [turn, setTurn] = createSignal(0)
  const point = (): SharedPoint => {
    const chosen = entry()
    return chosen ? { commit: chosen.id, seal: chosen.seal } : {}
  }
  const watch = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      if (error instanceof ApiError && isOver(error.problem)) setOver(error.problem)
      throw error
    }
  }
  const files = createSharedFiles((folder) => watch(api.folder(folder, point())))
  const open = (next: string) => {
    setPath(next)
    history.replaceState(null, '', `#${encodeURI(next)}`)
    files.reveal(next)
  }
  const reload = () => {
    files.reload()
    setTurn((turns) => turns + 1)
  }
  const look = async () => {
    const before = about()
    try {
      const found = await watch(api.about())
      setAbout(found)
      setOver(null)
      document.title = `${found.name} – CodeNest`
      if (before?.commit === found.commit) return
      if (entry() === null) reload()
      if (!before) await openFirst()
    } catch (error) {
      // What is on the screen stays when the platform cannot be asked for a moment.
      if (!before && error instanceof ApiError) setOver(error.problem)
    }
  }
  const openFirst = async () => {
    const asked = path()
    if (asked !== null) return files.reveal(asked)
    const first = await files.first()
    if (first !== null && path() === null) setPath(first)
  }
  const lookIfSeen = () => void (document.hidden || over() || look())
  const timer = setInterval(lookIfSeen, LOOK_MILLISECONDS)
  document.addEventListener('visibilitychange', lookIfSeen)
  onCleanup(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', lookIfSeen)
  })
  void look()

  return {
    api,
    about,
    over,
    entry,
    setEntry: (next) => {
      setEntry(next)
      reload()
    },
    point,
    files,
    path,
    open,
    turn,
    refresh: () => void look(),
    watch,
  }
}

function isOver({ status, code }: Problem): boolean {
  return status === 410 || code === 'no_such_link'
}

function pathOf(hash: string): string | null {
  if (hash.length < 2) return null
  try {
    return decodeURI(hash.slice(1))
  } catch {
    return null
  }
}
