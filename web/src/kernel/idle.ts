import type { IdleStatus } from '@codenest/runner/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import type { Connection } from './connection.ts'

/**
 * When the workspace stops by itself, as its runner last told; null before. The runner is told in turn whether this
 * page is looked at, which keeps the workspace running.
 */
export function createIdle(connection: Connection): Accessor<IdleStatus | null> {
  const [status, setStatus] = createSignal<IdleStatus | null>(null)
  onCleanup(connection.on('idle.changed', setStatus))

  const tell = () => {
    const focused = document.visibilityState === 'visible' && document.hasFocus()
    // Without a connection it is told with the next one.
    connection.request('idle.focus', { focused }).catch(() => {})
  }
  onCleanup(
    connection.on('hello', (hello) => {
      setStatus(hello.idle)
      tell()
    }),
  )
  const windowEvents = ['focus', 'blur'] as const
  for (const name of windowEvents) window.addEventListener(name, tell)
  document.addEventListener('visibilitychange', tell)
  onCleanup(() => {
    for (const name of windowEvents) window.removeEventListener(name, tell)
    document.removeEventListener('visibilitychange', tell)
  })
  return status
}
