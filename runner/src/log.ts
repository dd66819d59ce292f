import { destination, pino } from 'pino'
import type { Logger } from 'pino'

import type { Mask } from './mask.ts'

export type { Logger } from 'pino'

/** Logs to stderr, without what `mask` hides: stdout is the status channel that the engine reads. */
export function createLog(mask: Mask): Logger {
  const streamWrite = (line: string): string => mask.apply(line)
  return pino({ name: 'runner', base: null, hooks: { streamWrite } }, destination({ fd: 2, sync: true }))
}
