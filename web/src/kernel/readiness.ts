import type { StageStatus } from '@codenest/runner/protocol'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import type { Connection } from './connection.ts'
import { createEmitter } from './emitter.ts'

export interface Readiness {
  /** Null before the first snapshot. */
  stage: Accessor<StageStatus | null>
  /** Connected, and files, terminals and saves are served. */
  isReady: Accessor<boolean>
  /** Hears each time it becomes ready, also after a lost connection: the moment to catch up. */
  onReady: (listener: () => void) => () => void
}

export function createReadiness(connection: Connection): Readiness {
  const [stage, setStage] = createSignal<StageStatus | null>(null)
  const ready = createEmitter<void>()
  const take = (next: StageStatus) => {
    setStage(next)
    // After everybody has taken the snapshot that this came with.
    if (next.stage === 'ready') queueMicrotask(() => ready.emit())
  }
  onCleanup(connection.on('hello', (hello) => take(hello.stage)))
  onCleanup(connection.on('stage.changed', take))
  return {
    stage,
    isReady: () => connection.state().phase === 'connected' && stage()?.stage === 'ready',
    onReady: ready.on,
  }
}
