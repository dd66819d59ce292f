import type { ShareLink } from '@codenest/platform/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { liveLinks, visibilityOf, type Visibility } from '../../kernel/port-shares.ts'
import { useSession } from '../../kernel/workspace-session.ts'

const TICK_MILLISECONDS = 10_000

/** Addresses of links by their ids: the platform tells one once, and this page remembers it while it is open. */
const [addresses, setAddresses] = createSignal<Readonly<Record<string, string>>>({})

export interface Sharing {
  visibility: Accessor<Visibility>
  links: Accessor<ShareLink[]>
  /** Null for a link that another page, or this one before its reload, has made. */
  addressOf: (link: string) => string | null
  /** Milliseconds since the epoch, every few seconds. */
  now: Accessor<number>
  busy: Accessor<boolean>
  /** Links go with it. */
  showTo: (visibility: 'private' | 'signed-in') => Promise<void>
  /** A link that is good for so many minutes. */
  create: (minutes: number) => Promise<void>
  revoke: (link: string) => Promise<void>
}

/** Who else may see a port. What fails is said in a notice. */
export function createSharing(port: number): Sharing {
  const { api, toasts, workspaces } = useApp()
  const { id, workspace } = useSession()
  const [busy, setBusy] = createSignal(false)
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS)
  onCleanup(() => clearInterval(timer))

  const act = async (title: string, change: () => Promise<unknown>) => {
    setBusy(true)
    try {
      await change()
      workspaces.put(await api.workspace(id))
    } catch (error) {
      toasts.failed(title)(error)
    }
    setNow(Date.now())
    setBusy(false)
  }
  return {
    visibility: () => visibilityOf(workspace(), port, now()),
    links: () => liveLinks(workspace(), port, now()),
    addressOf: (link) => addresses()[link] ?? null,
    now,
    busy,
    showTo: (visibility) =>
      act('The visibility was not changed', () => api.setVisibility(id, port, visibility)),
    create: (minutes) =>
      act('No link could be made', async () => {
        const link = await api.createShareLink(id, port, minutes)
        setAddresses((known) => ({ ...known, [link.id]: link.url }))
      }),
    revoke: (link) => act('The link was not revoked', () => api.revokeShareLink(id, port, link)),
  }
}
