import { useSearchParams } from '@solidjs/router'
import { createEffect } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** `?terminal=<id>`: a preview whose app has ended leads to the terminal that it ran in. */
export function showAskedTerminal(): void {
  const { toasts } = useApp()
  const { layout, readiness, terminals } = useSession()
  const [query, setQuery] = useSearchParams<{ terminal: string }>()
  createEffect(() => {
    const { terminal } = query
    if (typeof terminal !== 'string' || !readiness.isReady()) return
    setQuery({ terminal: undefined }, { replace: true })
    if (terminals.all.some(({ id }) => id === terminal)) {
      layout.set({ panel: true, pane: 'terminal' })
      terminals.activate(terminal)
    } else toasts.show({ tone: 'info', title: 'That terminal has been closed' })
  })
}
