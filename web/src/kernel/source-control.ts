import type { GitMessages, GitStatus, Incoming, RequestName, RequestPayload } from '@codenest/runner/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import { messageOf, RunnerError } from './errors.ts'
import type { WorkspaceSession } from './workspace-session.ts'

/** What did not work, and with it what could be tried instead. */
export interface GitTrouble {
  message: string
  /** git's own words; '' when there are none. */
  output: string
  kind: string
  /** The request that was refused, to be asked again in another way. */
  request: GitRequest
}

export type GitRequest = Extract<RequestName, `git.${string}` | 'incoming.resolve'>

export interface SourceControl {
  status: Accessor<GitStatus | null>
  messages: Accessor<GitMessages | null>
  incoming: Accessor<Incoming[]>
  /** Why there is no status. */
  failure: Accessor<string | null>
  trouble: Accessor<GitTrouble | null>
  /** The request that is under way. */
  busy: Accessor<GitRequest | null>
  /** Grows with each change: whatever shows hunks looks again. */
  version: Accessor<number>
  /** Does one thing; false when it was refused, which `trouble` then tells. */
  act: <N extends GitRequest>(name: N, payload: RequestPayload<N>) => Promise<boolean>
  dismiss: () => void
  refresh: () => void
}

/** Fetch, push and hooks take their time; the runner's own deadlines are shorter. Milliseconds. */
const ACT_MILLISECONDS = 310_000

/** What a page knows of the clone while it looks at it: asked for when made, and again after each change. */
export function createSourceControl(session: WorkspaceSession): SourceControl {
  const { connection, documents, readiness } = session
  // Rows of files that stay the same stay in the page, with the focus and what is unfolded in them.
  const [store, setStore] = createStore<{ status: GitStatus | null }>({ status: null })
  const [messages, setMessages] = createSignal<GitMessages | null>(null)
  const [failure, setFailure] = createSignal<string | null>(null)
  const [trouble, setTrouble] = createSignal<GitTrouble | null>(null)
  const [busy, setBusy] = createSignal<GitRequest | null>(null)
  const [version, setVersion] = createSignal(0)
  let turn = 0

  const load = async () => {
    const mine = ++turn
    try {
      const next = await connection.request('git.status', {})
      const texts = await connection.request('git.messages', {}).catch(() => null)
      if (mine !== turn) return
      setStore('status', reconcile(next, { key: 'path' }))
      setMessages(texts)
      setFailure(null)
      setVersion((before) => before + 1)
    } catch (error) {
      // A lost connection must not empty the list: it is asked again when it is back.
      if (mine === turn) setFailure(messageOf(error))
    }
  }

  const act: SourceControl['act'] = async (name, payload) => {
    if (busy()) return false
    setBusy(() => name)
    setTrouble(null)
    try {
      // git works on what is on disk.
      await documents.saveAll()
      await connection.request(name, payload, ACT_MILLISECONDS)
      return true
    } catch (error) {
      const git = error instanceof RunnerError ? error.git : null
      const { kind = 'other', output = '' } = git ?? {}
      setTrouble({ message: messageOf(error), output, kind, request: name })
      return false
    } finally {
      setBusy(null)
      void load()
    }
  }

  onCleanup(connection.on('git.changed', () => void load()))
  onCleanup(readiness.onReady(() => void load()))
  if (readiness.isReady()) void load()

  return {
    status: () => store.status,
    messages,
    incoming: session.incoming,
    failure,
    trouble,
    busy,
    version,
    act,
    dismiss: () => setTrouble(null),
    refresh: () => void load(),
  }
}
