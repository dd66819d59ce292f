export type Level = 'debug' | 'log' | 'info' | 'warn' | 'error'

/** Where in the page's own sources something was said; counts from 1. */
export interface Place {
  url: string
  line: number
  column: number
}

export type ConsoleMessage =
  /** A page begins. */
  | { kind: 'hello' }
  | { kind: 'line'; level: Level; text: string; place: Place | null }
  /** Lines that were not told, because the page was too fast. */
  | { kind: 'skipped'; count: number }

const LEVELS = new Set<unknown>(['debug', 'log', 'info', 'warn', 'error'] satisfies Level[])
/** A little more than the script sends. UTF-16 units. */
const MOST_TEXT = 10_100
const MOST_URL = 2_000

/** What a previewed page says of its console; null for all else. The page may say anything, and is not trusted. */
export function readMessage(data: unknown): ConsoleMessage | null {
  if (typeof data !== 'object' || data === null) return null
  const said = data as Record<string, unknown>
  if (said['codenest'] !== 'console') return null
  if (said['hello'] === true) return { kind: 'hello' }
  const { level, text, skipped } = said
  if (isCount(skipped)) return { kind: 'skipped', count: skipped }
  if (!isLevel(level) || typeof text !== 'string') return null
  return { kind: 'line', level, text: text.slice(0, MOST_TEXT), place: readPlace(said) }
}

function readPlace({ url, line, column }: Record<string, unknown>): Place | null {
  if (typeof url !== 'string' || url.length > MOST_URL || !URL.canParse(url)) return null
  return { url, line: isCount(line) ? line : 1, column: isCount(column) ? column : 1 }
}

function isLevel(value: unknown): value is Level {
  return LEVELS.has(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
