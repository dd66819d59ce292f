import type { IdleStatus } from '@codenest/runner/protocol'
import { createEffect, createMemo, onCleanup, type Accessor } from 'solid-js'
import { useApp } from '../../kernel/app.ts'
import { createIdleSettings } from './idle-settings.ts'

const WARNING_MS = 120_000
const HOUR_MS = 3_600_000

/** Says two minutes before that the workspace is about to stop, for as long as it is. */
export function warnOfStop(idle: Accessor<IdleStatus | null>, now: Accessor<number>): void {
  const { toasts } = useApp()
  const settings = createIdleSettings()
  const isNear = createMemo(() => {
    const at = idle()?.stopsAt
    return typeof at === 'number' && at - now() <= WARNING_MS
  })
  createEffect(() => {
    if (!isNear()) return
    const id = toasts.show({
      tone: 'info',
      title: 'This workspace is about to stop',
      detail:
        'Nobody has used it for a while. What was saved is in the bucket, and it comes back with a click.',
      stays: true,
      action: {
        label: 'Keep it for an hour',
        run: () => void settings.change({ keepUntil: Date.now() + HOUR_MS }),
      },
    })
    onCleanup(() => toasts.dismiss(id))
  })
}
