import { createEffect } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** Tells of a port that opens while the preview is hidden; each port once. */
export function announcePorts(): void {
  const { toasts } = useApp()
  const { previews, layout } = useSession()
  const told = new Set<number>()
  createEffect(() => {
    for (const { port } of previews.ports()) {
      if (told.has(port)) continue
      told.add(port)
      if (layout.state.preview) continue
      toasts.show({
        tone: 'info',
        title: `A server listens on port ${port}`,
        action: {
          label: 'Open preview',
          run: () => {
            previews.choosePort(port)
            layout.set({ preview: true, pane: 'preview' })
          },
        },
      })
    }
  })
}
