import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import { z } from 'zod'
import { parseJson } from '../parse-json.ts'
import { shortLines } from './short-lines.ts'

const MINUTE = 60_000
/** Lines a minute that one workspace may write into the platform's log: its programs can write them, too. */
const AT_MOST = 100
const WARNING = 40
const Entry = z.object({ level: z.number() })

/** Takes what a runner logs into the platform's log, its warnings as warnings. Resolves when the runner has ended. */
export async function followLog(output: Readable, log: Logger): Promise<void> {
  let since = 0
  let lines = 0
  for await (const line of shortLines(output)) {
    if (Date.now() - since > MINUTE) {
      since = Date.now()
      lines = 0
    }
    lines += 1
    if (lines === AT_MOST) log.warn('a runner logs too much: the rest of a minute is left out')
    if (lines >= AT_MOST) continue
    const entry = Entry.safeParse(parseJson(line))
    const isWarning = !entry.success || entry.data.level >= WARNING
    log[isWarning ? 'warn' : 'info']({ line }, 'runner log')
  }
}
