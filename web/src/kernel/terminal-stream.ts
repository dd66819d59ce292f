import type { MAX_TERMINAL_INPUT, TERMINAL_ACK_EVERY } from '@codenest/runner/protocol'
import type { Connection } from './connection.ts'
import type { Readiness } from './readiness.ts'
import type { TerminalSize } from './terminals.ts'

// Only the types are imported, so that zod stays out of the page; the first type is the literal, which keeps them equal.
const ACKNOWLEDGE_EVERY: typeof TERMINAL_ACK_EVERY = 5_000
const MAX_INPUT: typeof MAX_TERMINAL_INPUT = 65_536

/** What shows a terminal. */
export interface TerminalScreen {
  /** `done` is called when the data is on the screen. */
  write: (data: string, done: () => void) => void
  reset: () => void
  size: () => TerminalSize
}

export interface TerminalStream {
  input: (data: string) => void
  resize: (size: TerminalSize) => void
  dispose: () => void
}

/**
 * Carries one terminal between the runner and a screen: attaches on every connection, from the offset that the
 * screen has; acknowledges what was drawn; and holds back input while old output is replayed, because a replayed
 * question ("where is the cursor?") has been answered long ago.
 */
export function createTerminalStream(
  id: string,
  connection: Connection,
  readiness: Readiness,
  screen: TerminalScreen,
): TerminalStream {
  let offset: number | undefined
  let live = false
  let replaying = 0
  let unacknowledged = 0
  let turn = 0

  const ignore = () => {}

  const attach = async () => {
    const mine = ++turn
    live = false
    unacknowledged = 0
    const snapshot = await connection
      .request('terminals.attach', { id, ...screen.size(), ...(offset === undefined ? {} : { offset }) })
      .catch(() => null)
    if (!snapshot || mine !== turn) return
    if (snapshot.reset) screen.reset()
    offset = snapshot.offset
    live = true
    if (snapshot.data === '') return
    replaying++
    screen.write(snapshot.data, () => replaying--)
  }

  const drawn = (chars: number) => {
    unacknowledged += chars
    if (!live || unacknowledged < ACKNOWLEDGE_EVERY) return
    const all = unacknowledged
    unacknowledged = 0
    connection.request('terminals.acknowledge', { id, chars: all }).catch(ignore)
  }

  const stopReady = readiness.onReady(() => void attach())
  const stopOutput = connection.on('terminals.output', (output) => {
    if (output.id !== id || !live) return
    // A gap means that something was missed: ask again from what is on the screen.
    if (output.offset - output.data.length !== offset) {
      void attach()
      return
    }
    const mine = turn
    offset = output.offset
    screen.write(output.data, () => {
      if (mine === turn) drawn(output.data.length)
    })
  })
  if (readiness.isReady()) void attach()

  return {
    input: (data) => {
      if (!live || replaying > 0) return
      for (let at = 0; at < data.length; at += MAX_INPUT) {
        connection.request('terminals.input', { id, data: data.slice(at, at + MAX_INPUT) }).catch(ignore)
      }
    },
    resize: (size) => {
      if (live) connection.request('terminals.resize', { id, ...size }).catch(ignore)
    },
    dispose: () => {
      turn++
      stopReady()
      stopOutput()
      connection.request('terminals.detach', { id }).catch(ignore)
    },
  }
}
