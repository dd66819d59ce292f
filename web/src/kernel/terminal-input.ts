import type { MAX_TERMINAL_INPUT } from '@codenest/runner/protocol'
import type { Connection } from './connection.ts'
import { DisconnectedError } from './errors.ts'

// Only the type is imported, so that zod stays out of the page; it is the literal, which keeps them equal.
const MAX_PIECE: typeof MAX_TERMINAL_INPUT = 65_536
/** Most that waits for the network, in UTF-16 units. */
const MAX_WAITING = 4 * 1024 * 1024
/** Input that was not taken after this long casts doubt on the connection. */
const DOUBT_MILLISECONDS = 2_000

export interface TerminalInput {
  /** Sends it, now or when there is a connection again. False: too much waits already, and it is not taken. */
  add: (data: string) => boolean
  /** There is a connection: everything that may not have arrived is sent, in order. The runner knows what it has. */
  resume: () => void
  pause: () => void
  /** UTF-16 units that the runner has not said it took. */
  waiting: () => number
  dispose: () => void
}

/** What is typed into one terminal: nothing is lost or typed twice, whatever becomes of the connection meanwhile. */
export function createTerminalInput(
  id: string,
  client: string,
  connection: Connection,
  onWaiting: (units: number) => void,
): TerminalInput {
  const queue: { number: number; data: string }[] = []
  let number = 0
  let waiting = 0
  let open = false
  let doubt: ReturnType<typeof setTimeout> | undefined

  const settle = (piece: (typeof queue)[number]) => {
    const at = queue.indexOf(piece)
    if (at < 0) return
    queue.splice(at, 1)
    waiting -= piece.data.length
    clearTimeout(doubt)
    doubt = undefined
    if (queue.length > 0 && open) watch()
    onWaiting(waiting)
  }
  const watch = () => (doubt ??= setTimeout(() => connection.verify(), DOUBT_MILLISECONDS))
  const send = (piece: (typeof queue)[number]) => {
    watch()
    connection
      .request('terminals.input', { id, data: piece.data, piece: { client, number: piece.number } })
      .then(
        () => settle(piece),
        (error: unknown) => {
          // Refused, because the terminal is gone: there is nowhere to send it. Else it is sent again.
          if (!(error instanceof DisconnectedError)) settle(piece)
        },
      )
  }

  return {
    add: (data) => {
      if (waiting + data.length > MAX_WAITING) return false
      for (let at = 0; at < data.length; at += MAX_PIECE) {
        const piece = { number: ++number, data: data.slice(at, at + MAX_PIECE) }
        queue.push(piece)
        waiting += piece.data.length
        if (open) send(piece)
      }
      onWaiting(waiting)
      return true
    },
    resume: () => {
      open = true
      queue.forEach(send)
    },
    pause: () => {
      open = false
      clearTimeout(doubt)
      doubt = undefined
    },
    waiting: () => waiting,
    dispose: () => {
      open = false
      clearTimeout(doubt)
    },
  }
}
