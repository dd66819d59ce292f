import { createEffect } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'

/** A workspace that is opened for the first time shows what it is about, and a prompt. */
export function welcomeFirstVisit(): void {
  const { files, layout, readiness, tabs, terminals } = useSession()
  if (!layout.isNew) return
  let isDone = false
  createEffect(() => {
    const root = files.root()
    if (isDone || !readiness.isReady() || root?.state !== 'ready') return
    isDone = true
    const readme = root.entries.find((entry) => /^readme(\.md)?$/i.test(entry.name))
    if (readme && tabs.active() === null) tabs.open(readme.name)
    // Without a notice when it fails: nobody has asked for it.
    if (terminals.all.length === 0 && layout.state.panel) terminals.create().catch(() => {})
  })
}
