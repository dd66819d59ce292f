import { destination, pino } from 'pino'
import type { Logger } from 'pino'

export type { Logger } from 'pino'

/** Logs to stderr: stdout is the status channel that the engine reads. */
export function createLog(): Logger {
  return pino({ name: 'runner', base: null }, destination({ fd: 2, sync: true }))
}
