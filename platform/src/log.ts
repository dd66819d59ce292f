import type { Mask } from '@codenest/runner/mask'
import { destination, pino } from 'pino'
import type { Logger } from 'pino'

/** Structured logs on standard error, without what `mask` hides; standard output is for the person who starts CodeNest. */
export function createLog(level: string, mask: Mask): Logger {
  const redact = ['token', '*.token', 'headers.authorization', 'headers.cookie']
  const streamWrite = (line: string): string => mask.apply(line)
  return pino({ level, redact, hooks: { streamWrite } }, destination(2))
}
