import { onCleanup } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** Says once, when a workspace is opened, that another session's saves are not in its files. */
export function announceStrays(): void {
  const { api, toasts } = useApp()
  const { id, commands, readiness } = useSession()
  const told = new Set<string>()
  const look = async () => {
    const { sessions } = await api.sessions(id)
    const stray = sessions.find((session) => session.stray && !told.has(session.id))
    if (!stray) return
    told.add(stray.id)
    const times = stray.saves === null ? 'many times' : stray.saves === 1 ? 'once' : `${stray.saves} times`
    toasts.show({
      tone: 'info',
      title: `Another session of this workspace saved ${times}`,
      detail: 'Its saves are kept, but are not in the files here.',
      action: { label: 'Look', run: () => commands.run('view.history') },
    })
  }
  // The history says it, too, and tells why when it cannot be looked up.
  onCleanup(readiness.onReady(() => void look().catch(() => {})))
}
