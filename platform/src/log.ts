import { destination, pino } from 'pino'
import type { Logger } from 'pino'

/** Structured logs on standard error; standard output is for the person who starts CodeNest. */
export function createLog(level: string): Logger {
  return pino(
    { level, redact: ['token', '*.token', 'headers.authorization', 'headers.cookie'] },
    destination(2),
  )
}
