import { setTimeout } from 'node:timers/promises'

/** Time as the remotes see it, so that days pass in a simulation's milliseconds. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  delay(milliseconds: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  delay: (milliseconds) => setTimeout(milliseconds),
}

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
