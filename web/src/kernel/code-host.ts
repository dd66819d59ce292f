import type { CodeHostAccount, Publication } from '@codenest/platform/protocol'
import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js'
import type { Api } from './api.ts'
import { ApiError, messageOf } from './errors.ts'

/** What was refused; `reconnect` when connecting the account again is the way out. */
export interface HostTrouble {
  message: string
  code: string
  reconnect: boolean
}

export interface CodeHostModel {
  /** undefined before it is known. */
  account: Accessor<CodeHostAccount['account'] | undefined>
  /** Of the branch that is checked out; undefined before it is known. */
  publication: Accessor<Publication | undefined>
  trouble: Accessor<HostTrouble | null>
  /** What is being done, in a word; null when nothing is. */
  busy: Accessor<string | null>
  /** Does something and looks again; null when it was refused, which `trouble` then tells. */
  act: <T>(name: string, work: () => Promise<T>) => Promise<T | null>
  /** Leaves the page for the host, and comes back to it. */
  connect: () => void
  disconnect: () => Promise<void>
  dismiss: () => void
  refresh: () => void
}

/** Milliseconds between looks while checks are running. */
const WHILE_PENDING = 15_000

/**
 * How the branch of a workspace stands to the code host: asked for when the branch, or its commit, is another one, when
 * somebody comes back to the page, and now and then while checks run.
 */
export function createCodeHost(
  api: Api,
  id: string,
  branch: Accessor<string | null>,
  commit: Accessor<string | null>,
): CodeHostModel {
  const [account, setAccount] = createSignal<CodeHostAccount['account']>()
  const [publication, setPublication] = createSignal<Publication>()
  const [trouble, setTrouble] = createSignal<HostTrouble | null>(null)
  const [busy, setBusy] = createSignal<string | null>(null)
  let turn = 0
  let again: ReturnType<typeof setTimeout> | undefined

  const tell = (error: unknown) => {
    const code = error instanceof ApiError ? error.problem.code : ''
    setTrouble({ message: messageOf(error), code, reconnect: code === 'code_host_reconnect' })
  }
  const load = async () => {
    const mine = ++turn
    clearTimeout(again)
    const name = branch()
    try {
      const { account: known } = await api.codeHost()
      if (mine !== turn) return
      setAccount(known)
      if (known === null || name === null) {
        setPublication()
        return
      }
      const next = await api.publication(id, { branch: name, commit: commit() ?? undefined })
      if (mine !== turn) return
      setPublication(next)
      if (next.pullRequest?.checks.some(({ state }) => state === 'pending'))
        again = setTimeout(lookIfSeen, WHILE_PENDING)
    } catch (error) {
      if (mine === turn) tell(error)
    }
  }
  const lookIfSeen = () => {
    if (!document.hidden) void load()
  }
  const act: CodeHostModel['act'] = async (name, work) => {
    if (busy() !== null) return null
    setBusy(name)
    setTrouble(null)
    try {
      return await work()
    } catch (error) {
      tell(error)
      return null
    } finally {
      setBusy(null)
      void load()
    }
  }

  createEffect(on([branch, commit], () => void load()))
  window.addEventListener('focus', lookIfSeen)
  onCleanup(() => {
    window.removeEventListener('focus', lookIfSeen)
    clearTimeout(again)
    turn += 1
  })

  return {
    account,
    publication,
    trouble,
    busy,
    act,
    connect: () =>
      void act('connect', async () => {
        location.assign(await api.connectCodeHost(location.pathname + location.search))
      }),
    disconnect: async () => void (await act('disconnect', api.disconnectCodeHost)),
    dismiss: () => setTrouble(null),
    refresh: () => (setTrouble(null), void load()),
  }
}
