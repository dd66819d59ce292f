import type { Connection as Address } from '@codenest/platform/protocol'
import type { Reply, ReplyValues, RequestName, RequestPayload, RunnerEvents } from '@codenest/runner/protocol'
import { io, type Socket } from 'socket.io-client'
import { createSignal, onCleanup, type Accessor } from 'solid-js'
import { nextState, retryDelay, type ConnectionEvent, type ConnectionState } from './connection-machine.ts'
import { DisconnectedError, RunnerError } from './errors.ts'

export interface Connection {
  state: Accessor<ConnectionState>
  /** Rejects with `RunnerError`, or `DisconnectedError` when there is no answer within so many milliseconds. */
  request: <N extends RequestName>(
    name: N,
    payload: RequestPayload<N>,
    milliseconds?: number,
  ) => Promise<ReplyValues[N]>
  /** Hears an event on this and every later connection; the result stops it. */
  on: <E extends keyof RunnerEvents>(event: E, handler: RunnerEvents[E]) => () => void
  /** Where the runner is reached over HTTP, as it was last known. */
  origin: () => string
  setEnabled: (enabled: boolean) => void
  /** There is reason to believe that it works now: does not wait for the next attempt. */
  nudge: () => void
  /** There is reason to doubt that it still works: it counts as lost when there is no answer soon. */
  verify: () => void
}

const REQUEST_MILLISECONDS = 20_000
const OPEN_MILLISECONDS = 10_000
const VERIFY_MILLISECONDS = 3_000

/**
 * The connection to a runner. Every attempt fetches a fresh token first, because tokens are short-lived and the
 * runner may have moved. It is connected once `hello` has come, after its listeners have taken the snapshot.
 */
export function createConnection(fetchAddress: () => Promise<Address>): Connection {
  const [state, setState] = createSignal<ConnectionState>({ phase: 'off' })
  const handlers = new Map<string, Set<(payload: never) => void>>()
  let socket: Socket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0
  let origin = ''

  const send = (event: ConnectionEvent) => {
    const before = state()
    const after = nextState(before, event)
    if (after === before) return
    setState(after)
    clearTimeout(timer)
    if (after.phase === 'connecting') void open()
    else if (after.phase === 'waiting') {
      timer = setTimeout(() => send('retry'), retryDelay(after.attempt, Math.random()))
    }
  }

  const emit = (name: string, payload: unknown) => {
    for (const handler of handlers.get(name) ?? []) handler(payload as never)
  }

  const open = async () => {
    const mine = ++turn
    closeSocket()
    const address = await fetchAddress().catch(() => null)
    if (mine !== turn) return
    if (!address) return send('lost')
    origin = address.url
    const opened = io(address.url, {
      transports: ['websocket'],
      query: { token: address.token },
      reconnection: false,
      forceNew: true,
      timeout: OPEN_MILLISECONDS,
    })
    socket = opened
    opened.onAny((name: string, payload: unknown) => {
      emit(name, payload)
      if (name === 'hello') send('opened')
    })
    const lost = () => {
      if (mine === turn) send('lost')
    }
    opened.on('connect_error', lost)
    opened.on('disconnect', lost)
  }

  const closeSocket = () => {
    socket?.offAny()
    socket?.disconnect()
    socket = null
  }

  let verifying = false
  const verify = () => {
    if (verifying || !socket?.connected) return
    const mine = turn
    verifying = true
    socket.timeout(VERIFY_MILLISECONDS).emit('connection.check', {}, (silence: Error | null) => {
      verifying = false
      if (silence && mine === turn) send('lost')
    })
  }
  // A machine that slept, or changed its network, may hold a connection that is long gone.
  const retryNow = () => {
    if (document.hidden) return
    send('retry')
    verify()
  }
  window.addEventListener('online', retryNow)
  document.addEventListener('visibilitychange', retryNow)
  onCleanup(() => {
    window.removeEventListener('online', retryNow)
    document.removeEventListener('visibilitychange', retryNow)
    clearTimeout(timer)
    turn++
    closeSocket()
  })

  return {
    state,
    request: async <N extends RequestName>(
      name: N,
      payload: RequestPayload<N>,
      milliseconds = REQUEST_MILLISECONDS,
    ) => {
      if (!socket?.connected) throw new DisconnectedError()
      let reply: Reply<ReplyValues[N]>
      try {
        reply = await socket.timeout(milliseconds).emitWithAck(name, payload)
      } catch {
        throw new DisconnectedError()
      }
      if (!reply.ok) throw new RunnerError(reply.error.code, reply.error.message, reply.error.git)
      return reply.value
    },
    on: (event, handler) => {
      const set = handlers.get(event) ?? new Set()
      handlers.set(event, set.add(handler))
      return () => set.delete(handler)
    },
    origin: () => origin,
    nudge: () => send('retry'),
    verify,
    setEnabled: (enabled) => {
      if (!enabled) {
        turn++
        closeSocket()
      }
      send(enabled ? 'enable' : 'disable')
    },
  }
}
