import { createEffect } from 'solid-js'
import { baseName, parentOf } from '../../kernel/paths.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** A workspace that is opened for the first time shows what it is about. */
export function welcomeFirstVisit(): void {
  const { connection, files, layout, readiness, tabs, workspace } = useSession()
  if (!layout.isNew) return
  let isDone = false
  /** What the link was to from which it was opened: a file is opened, a folder unfolded. */
  const show = async (path: string) => {
    const entries = await connection.request('files.list', { path: parentOf(path) }).catch(() => [])
    const entry = entries.find(({ name }) => name === baseName(path))
    if (!entry) return
    files.reveal(path)
    if (entry.kind === 'folder') files.toggle(path, true)
    else tabs.open(path)
  }
  createEffect(() => {
    const root = files.root()
    if (isDone || !readiness.isReady() || root?.state !== 'ready') return
    isDone = true
    const source = workspace()?.source
    const path = source && 'repository' in source ? source.path : null
    if (path !== null) void show(path)
    const readme = root.entries.find((entry) => /^readme(\.md)?$/i.test(entry.name))
    if (readme && path === null && tabs.active() === null) tabs.open(readme.name)
  })
}
