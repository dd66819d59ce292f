import { createEffect } from 'solid-js'
import { useSession } from '../../kernel/workspace-session.ts'

/** A workspace that is opened for the first time shows what it is about. */
export function welcomeFirstVisit(): void {
  const { files, layout, readiness, tabs } = useSession()
  if (!layout.isNew) return
  let isDone = false
  createEffect(() => {
    const root = files.root()
    if (isDone || !readiness.isReady() || root?.state !== 'ready') return
    isDone = true
    const readme = root.entries.find((entry) => /^readme(\.md)?$/i.test(entry.name))
    if (readme && tabs.active() === null) tabs.open(readme.name)
  })
}
