import { createEffect, on } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { readStored, writeStored } from '../../kernel/storage.ts'
import { useSession } from '../../kernel/workspace-session.ts'

/** Tells of a port that opens while the page is there, unless it is in the preview; each port once. */
export function announcePorts(): void {
  const { toasts } = useApp()
  const { id, previews, layout, setup } = useSession()
  const key = `codenest.quiet-ports.${id}`
  const told = new Set(readStored(key, isNumbers))
  const tell = (port: number) => {
    if (layout.state.preview && previews.port() === port) return
    toasts.show({
      tone: 'info',
      title: `${setup.labelOf(port) ?? 'Port'} ${setup.labelOf(port) === null ? port : `(port ${port})`} is open`,
      action: {
        label: 'Open preview',
        run: () => {
          previews.choosePort(port)
          layout.set({ preview: true, pane: 'preview' })
        },
      },
      other: {
        label: 'Don’t show again',
        run: () => writeStored(key, [...(readStored(key, isNumbers) ?? []), port]),
      },
    })
  }
  let isFirst = true
  createEffect(
    on(
      previews.ports,
      (ports) => {
        const news = ports.filter(({ port }) => !told.has(port))
        for (const { port } of news) told.add(port)
        // What was open before anybody looked is no news.
        if (!isFirst) for (const { port } of news) tell(port)
        isFirst = false
      },
      { defer: true },
    ),
  )
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number')
}
