/** Times are in milliseconds. */
export interface ClusterTuning {
  /** A request that is no watch has its answer within this, or the API server counts as unreachable. */
  request: number
  /** Requests under way at once; watches are not among them. */
  concurrency: number
  /** How often a request is sent that is told to come back later, or that a stale connection swallowed. */
  attempts: number
  /** Longest wait that a server may ask for. */
  longestRetryAfter: number
  /** Objects per page of a list. */
  page: number
  /** A watch asks the server to end it after this, ±20 %. */
  watch: number
  /** A watch on which nothing comes for so long, not even a bookmark (one a minute), is dead. */
  silence: number
  /** A watch lists everything anew after this, ±20 %, even though nothing seems wrong. */
  relist: number
  /** First and longest pause after failures. */
  pause: { first: number; longest: number }
  lease: LeaseTuning
}

export interface LeaseTuning {
  /** Others may take a lease that was not renewed for so long. */
  duration: number
  /** A leader that could not renew for so long stops leading: shorter than `duration`. */
  renewDeadline: number
  /** Between two looks at the lease. */
  retry: number
}

export const DEFAULT_TUNING: ClusterTuning = {
  request: 30_000,
  concurrency: 32,
  attempts: 6,
  longestRetryAfter: 30_000,
  page: 500,
  watch: 300_000,
  silence: 100_000,
  relist: 900_000,
  pause: { first: 500, longest: 30_000 },
  lease: { duration: 15_000, renewDeadline: 10_000, retry: 2_000 },
}
