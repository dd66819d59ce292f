import { createSignal, onCleanup, type Accessor } from 'solid-js'
import type { HistoryEntry } from '@codenest/platform/protocol'

const exact = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' })
const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })
const day = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' })
const dayAndYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric' })

const DAY_MILLISECONDS = 86_400_000

export function exactTime(at: string): string {
  return exact.format(Date.parse(at))
}

/** `10:32:05` today, `3 Nov, 10:32:05` on other days: there may be many saves in a minute. */
export function shortTime(at: string, now = Date.now()): string {
  const time = new Date(at)
  const isToday = time.toDateString() === new Date(now).toDateString()
  return isToday ? clock.format(time) : `${short.format(time)}, ${clock.format(time)}`
}

/** The heading that a save of that day stands below. */
export function dayName(at: string, now: number): string {
  const time = new Date(at)
  const is = (other: number) => time.toDateString() === new Date(other).toDateString()
  if (is(now)) return 'Today'
  if (is(now - DAY_MILLISECONDS)) return 'Yesterday'
  return time.getFullYear() === new Date(now).getFullYear() ? day.format(time) : dayAndYear.format(time)
}

/** What a diff calls a save or commit: `Save of 10:32:05`. */
export function nameOf(entry: Pick<HistoryEntry, 'kind' | 'at'>): string {
  return `${entry.kind === 'save' ? 'Save' : 'Commit'} of ${shortTime(entry.at)}`
}

/** The present, often enough for "5 minutes ago". Milliseconds since the epoch. */
export function createNow(): Accessor<number> {
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 20_000)
  onCleanup(() => clearInterval(timer))
  return now
}
