/** Milliseconds since the epoch of a moment that `performance.now()` told. */
export function toEpoch(moment: number): number {
  return Math.round(Date.now() + moment - performance.now())
}
