import type { GitStatus, Incoming, ReplyValues, RequestName, RequestPayload } from '@codenest/runner/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { Connection } from './connection.ts'
import type { Documents } from './documents.ts'
import { messageOf, RunnerError } from './errors.ts'
import type { Readiness } from './readiness.ts'

/** What did not work, and with it what could be tried instead. */
export interface GitTrouble {
  message: string
  /** git's own words; '' when there are none. */
  output: string
  kind: string
  /** The request that was refused. */
  request: GitRequest
  /** Asks the same again with who one is; null for what talks to no upstream. */
  retryWith: ((credentials: Credentials) => void) | null
  /** It was asked with credentials, and they did not help. */
  hadCredentials: boolean
}

export interface Credentials {
  username: string
  token: string
}

export type GitRequest = Extract<RequestName, `git.${string}` | 'incoming.resolve'>

export interface SourceControl {
  status: Accessor<GitStatus | null>
  /** Files with something to commit or to settle. */
  changed: Accessor<number>
  incoming: Accessor<Incoming[]>
  /** Why there is no status. */
  failure: Accessor<string | null>
  trouble: Accessor<GitTrouble | null>
  /** The request that is under way. */
  busy: Accessor<GitRequest | null>
  /** Grows with each change: whatever shows hunks looks again. */
  version: Accessor<number>
  /** Does one thing; null when it was refused, which `trouble` then tells. */
  act: <N extends GitRequest>(name: N, payload: RequestPayload<N>) => Promise<ReplyValues[N] | null>
  dismiss: () => void
  refresh: () => void
}

/** Fetch, push and hooks take their time; the runner's own deadlines are shorter. Milliseconds. */
const ACT_MILLISECONDS = 310_000
const WITH_CREDENTIALS = new Set<GitRequest>(['git.fetch', 'git.pull', 'git.push'])

/** What the page knows of the clone: asked for when the workspace is ready, and again after each change. */
export function createSourceControl(
  connection: Connection,
  documents: Documents,
  readiness: Readiness,
  incoming: Accessor<Incoming[]>,
): SourceControl {
  // Rows of files that stay the same stay in the page, with the focus and what is unfolded in them.
  const [store, setStore] = createStore<{ status: GitStatus | null }>({ status: null })
  const [failure, setFailure] = createSignal<string | null>(null)
  const [trouble, setTrouble] = createSignal<GitTrouble | null>(null)
  const [busy, setBusy] = createSignal<GitRequest | null>(null)
  const [version, setVersion] = createSignal(0)
  let turn = 0
  let isStale = false

  const load = async () => {
    const mine = ++turn
    isStale = false
    try {
      const next = await connection.request('git.status', {})
      if (mine !== turn) return
      setStore('status', reconcile(next, { key: 'path' }))
      setFailure(null)
      setVersion((before) => before + 1)
    } catch (error) {
      // A lost connection must not empty the list: it is asked again when it is back.
      if (mine === turn) setFailure(messageOf(error))
    }
  }
  /** Nobody looks at a hidden page: in a large repository a status is not free. */
  const loadIfSeen = () => {
    if (document.hidden) isStale = true
    else void load()
  }
  const onVisible = () => {
    if (!document.hidden && isStale) void load()
  }

  const act: SourceControl['act'] = async (name, payload) => {
    if (busy()) return null
    setBusy(() => name)
    try {
      // git works on what is on disk.
      await documents.saveAll()
      const value = await connection.request(name, payload, ACT_MILLISECONDS)
      setTrouble(null)
      return value
    } catch (error) {
      const git = error instanceof RunnerError ? error.git : null
      const { kind = 'other', output = '' } = git ?? {}
      const retryWith = WITH_CREDENTIALS.has(name)
        ? (credentials: Credentials) => void act(name, { ...payload, credentials })
        : null
      const hadCredentials = 'credentials' in payload
      setTrouble({ message: messageOf(error), output, kind, request: name, retryWith, hadCredentials })
      return null
    } finally {
      setBusy(null)
      void load()
    }
  }

  onCleanup(connection.on('git.changed', loadIfSeen))
  onCleanup(readiness.onReady(() => void load()))
  document.addEventListener('visibilitychange', onVisible)
  onCleanup(() => document.removeEventListener('visibilitychange', onVisible))

  return {
    status: () => store.status,
    changed: () => countChanged(store.status),
    incoming,
    failure,
    trouble,
    busy,
    version,
    act,
    dismiss: () => setTrouble(null),
    refresh: () => void load(),
  }
}

/** A file that is staged and changed again counts once. */
function countChanged(status: GitStatus | null): number {
  if (!status) return 0
  const all = [...status.conflicts, ...status.staged, ...status.unstaged]
  return new Set(all.map(({ path }) => path)).size
}
