import { createEffect } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** Says once for each pushed commit that a branch came from elsewhere and waits for a decision. */
export function announceIncoming(): void {
  const { toasts } = useApp()
  const { commands, incoming } = useSession()
  const told = new Set<string>()
  createEffect(() => {
    for (const { branch, commit, message } of incoming()) {
      if (told.has(commit)) continue
      told.add(commit)
      toasts.show({
        tone: 'info',
        title: `${branch} was pushed from elsewhere`,
        detail: message,
        action: { label: 'Look', run: () => commands.run('view.sourceControl') },
      })
    }
  })
}
