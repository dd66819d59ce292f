import type { TERMINAL_ACK_EVERY, TerminalReplay } from '@codenest/runner/protocol'
import type { Connection } from './connection.ts'
import { createTerminalInput } from './terminal-input.ts'
import type { TerminalSize } from './terminals.ts'

const ACKNOWLEDGE_EVERY: typeof TERMINAL_ACK_EVERY = 32_768

/** What shows a terminal. What it is asked takes effect in the order of the calls. */
export interface TerminalScreen {
  /** `done` is called when the data is on the screen. */
  write: (data: string, done: () => void) => void
  clear: () => void
  resize: (size: TerminalSize) => void
  /** While it is replayed what was shown before, it answers no questions: they were answered long ago. */
  setReplaying: (replaying: boolean) => void
}

export interface TerminalViewer {
  /** The size that suits it. */
  size: () => TerminalSize
  /** Its user works here: the terminal takes that size. */
  leads: () => boolean
  /** So many UTF-16 units of input have not arrived yet. */
  onWaiting: (units: number) => void
  /** Output is on the screen. */
  onDrawn: () => void
}

export interface TerminalStream {
  /** False when too much waits for the connection already. */
  input: (data: string) => boolean
  /** What the screen says to a program that asks. */
  answer: (data: string) => void
  /** Tells the size that suits the viewer, and whether it leads. */
  resize: () => void
  dispose: () => void
}

/**
 * Carries one terminal between the runner and a screen: attaches on every connection, from the offset that the
 * screen has, acknowledges what was drawn, and keeps what is typed until the runner has it.
 */
export function createTerminalStream(
  id: string,
  connection: Connection,
  screen: TerminalScreen,
  viewer: TerminalViewer,
): TerminalStream {
  const client = crypto.randomUUID()
  const input = createTerminalInput(id, client, connection, viewer.onWaiting)
  let offset: number | undefined
  let live = false
  let unacknowledged = 0
  let turn = 0

  const ignore = () => {}

  const drawn = (chars: number, mine: number) => {
    viewer.onDrawn()
    if (mine !== turn) return
    unacknowledged += chars
    if (!live || unacknowledged < ACKNOWLEDGE_EVERY) return
    const all = unacknowledged
    unacknowledged = 0
    connection.request('terminals.acknowledge', { id, chars: all }).catch(ignore)
  }

  const show = ({ reset, parts, offset: end }: TerminalReplay) => {
    const mine = turn
    if (reset) screen.clear()
    screen.setReplaying(true)
    for (const { data, ...size } of parts) {
      screen.resize(size)
      if (data !== '') screen.write(data, () => drawn(data.length, mine))
    }
    screen.setReplaying(false)
    offset = end
  }

  const attach = async () => {
    const mine = ++turn
    live = false
    unacknowledged = 0
    input.pause()
    const replay = await connection
      .request('terminals.attach', {
        id,
        client,
        ...viewer.size(),
        lead: viewer.leads(),
        ...(offset === undefined ? {} : { offset }),
      })
      .catch(() => null)
    if (!replay || mine !== turn) return
    live = true
    show(replay)
    input.resume()
  }

  const stops = [
    // After everybody has taken the snapshot. A terminal is there before the workspace is ready.
    connection.on('hello', () => queueMicrotask(() => void attach())),
    connection.on('terminals.output', (output) => {
      if (output.id !== id || !live) return
      // A gap means that something was missed: ask again from what is on the screen.
      if (output.offset - output.data.length !== offset) {
        void attach()
        return
      }
      const mine = turn
      offset = output.offset
      screen.write(output.data, () => drawn(output.data.length, mine))
    }),
    connection.on('terminals.resized', ({ id: resized, ...size }) => {
      if (resized === id && live) screen.resize(size)
    }),
    connection.on('terminals.replayed', (replay) => {
      if (replay.info.id === id && live) show(replay)
    }),
  ]
  if (connection.state().phase === 'connected') void attach()

  return {
    input: input.add,
    answer: (data) => {
      if (live) connection.request('terminals.answer', { id, data }).catch(ignore)
    },
    resize: () => {
      if (live)
        connection.request('terminals.resize', { id, ...viewer.size(), lead: viewer.leads() }).catch(ignore)
    },
    dispose: () => {
      turn++
      for (const stop of stops) stop()
      input.dispose()
      connection.request('terminals.detach', { id }).catch(ignore)
    },
  }
}
