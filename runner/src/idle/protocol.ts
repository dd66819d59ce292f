import { z } from 'zod'

const Minutes = z
  .number()
  .positive()
  .max(30 * 24 * 60)

/** When a workspace that nobody uses stops. */
export const IdleSettings = z.strictObject({
  /** Minutes after the last activity; null: never. */
  stopAfter: Minutes.nullable(),
  /** The same while no page is open. */
  closedAfter: Minutes,
  /** Milliseconds since the epoch, before which it does not stop; null for no such time. */
  keepUntil: z.number().int().nullable(),
})
export type IdleSettings = z.infer<typeof IdleSettings>

/** What counts as activity: keys that are pressed, a page that is looked at, a busy program, requests to a preview. */
export type Activity = 'start' | 'keys' | 'page' | 'job' | 'preview'

export interface IdleStatus {
  settings: IdleSettings
  /** The last activity and when it was, in milliseconds since the epoch. */
  last: { activity: Activity; at: number }
  /**
   * What keeps the workspace running at this moment: a page that is looked at, a busy program in a terminal, the time
   * that somebody asked for, a save that has not reached the remote, or that it never stops by itself.
   */
  keptBy: ('page' | 'job' | 'until' | 'saves' | 'never')[]
  /** Name of the busy program. */
  job: string | null
  /** Milliseconds since the epoch at which it stops if nothing happens; null while something keeps it of no known end. */
  stopsAt: number | null
}

export const idleRequests = {
  /** Whether this page is visible and has the focus. → `{}` */
  'idle.focus': z.strictObject({ focused: z.boolean() }),
  /** Settings that hold from now on; the platform keeps them. → `{}` */
  'idle.configure': IdleSettings,
} as const

export interface IdleReplyValues {
  'idle.focus': Record<string, never>
  'idle.configure': Record<string, never>
}
