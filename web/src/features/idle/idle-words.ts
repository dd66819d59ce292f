import type { IdleStatus } from '@codenest/runner/protocol'
import { relativeTime } from '../../kernel/relative-time.ts'

const MINUTE = 60_000
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en', { weekday: 'short' })

/** `18:00`, on another day `Fri 18:00`. */
export function timeOf(at: number, now: number): string {
  const time = new Date(at)
  const isToday = time.toDateString() === new Date(now).toDateString()
  return isToday ? clock.format(time) : `${day.format(time)} ${clock.format(time)}`
}

/** `12 min`, `2 h`, `2 h 30 min`. */
export function spanOf(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = Math.round(minutes % 60)
  return [hours > 0 ? `${hours} h` : '', rest > 0 || hours === 0 ? `${rest} min` : '']
    .filter(Boolean)
    .join(' ')
}

/** One or two words for the status bar. */
export function idleLabel({ keptBy, job, stopsAt }: IdleStatus, now: number): string {
  if (keptBy.includes('never')) return 'Always on'
  if (keptBy.includes('page')) return 'In use'
  if (keptBy.includes('job')) return `${job} is busy`
  if (keptBy.includes('saves')) return 'Waits for saves'
  if (stopsAt === null) return 'In use'
  if (keptBy.includes('until')) return `Until ${timeOf(stopsAt, now)}`
  const minutes = Math.ceil((stopsAt - now) / MINUTE)
  return minutes <= 0 ? 'Stopping' : `Stops in ${spanOf(minutes)}`
}

/** What keeps it, or what happens when. */
export function idleSentence(status: IdleStatus, now: number): string {
  const { keptBy, job, stopsAt } = status
  if (keptBy.includes('never')) return 'It runs until somebody stops it.'
  if (keptBy.includes('page')) return 'It keeps running while a page of it is in view.'
  if (keptBy.includes('job')) return `It keeps running while ${job} is busy in a terminal.`
  if (keptBy.includes('saves')) return 'It would stop, but a save has not reached the bucket yet.'
  if (stopsAt === null) return 'It is in use.'
  if (keptBy.includes('until')) return `It runs until ${timeOf(stopsAt, now)}, as somebody asked.`
  return `It stops at ${timeOf(stopsAt, now)} if nobody uses it before.`
}

const ACTIVITIES: Record<IdleStatus['last']['activity'], string> = {
  start: 'its start',
  keys: 'a key press',
  page: 'a page in view',
  job: 'a busy program',
  preview: 'a request to a preview',
}

export function lastActivity({ last }: IdleStatus, now: number): string {
  return `Last activity: ${ACTIVITIES[last.activity]}, ${relativeTime(last.at, now)}.`
}
