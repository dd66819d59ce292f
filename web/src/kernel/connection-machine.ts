/** What a connection to a runner goes through, as a pure function. */
export type ConnectionState =
  | { phase: 'off' }
  /** `attempt` counts failures since the last good connection. */
  | { phase: 'connecting'; attempt: number }
  | { phase: 'connected' }
  | { phase: 'waiting'; attempt: number }

export type ConnectionEvent = 'enable' | 'disable' | 'opened' | 'lost' | 'retry'

export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event) {
    case 'enable':
      return state.phase === 'off' ? { phase: 'connecting', attempt: 0 } : state
    case 'opened':
      return state.phase === 'connecting' ? { phase: 'connected' } : state
    case 'lost':
      if (state.phase === 'connected') return { phase: 'waiting', attempt: 0 }
      return state.phase === 'connecting' ? { phase: 'waiting', attempt: state.attempt + 1 } : state
    case 'retry':
      return state.phase === 'waiting' ? { phase: 'connecting', attempt: state.attempt } : state
    default:
      return state.phase === 'off' ? state : { phase: 'off' }
  }
}

const FIRST_MILLISECONDS = 150
const LONGEST_MILLISECONDS = 3_000

/** Milliseconds to wait before an attempt; `random` in [0, 1) spreads many pages apart after an outage. */
export function retryDelay(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** attempt)
  return full * (0.5 + random / 2)
}
