export type Samples = number[]

/** Work of one contender; `round` counts from 0, warm-up included. The function it may return tidies up, untimed. */
export type Work = (round: number) => Promise<void | (() => Promise<void>)>

export interface Rounds {
  /** Rounds that count. */
  count: number
  /** Rounds before them that do not. */
  warmUp: number
}

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => stop.abort(new Error('interrupted')))

/**
 * Times every contender once per round, in an order that turns with each round: what else the machine does meanwhile
 * hits all of them alike. Milliseconds.
 */
export async function interleave<K extends string>(
  { count, warmUp }: Rounds,
  contenders: Record<K, Work>,
): Promise<Record<K, Samples>> {
  const names = Object.keys(contenders) as K[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, Samples>
  for (let round = 0; round < warmUp + count; round += 1) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      // As an error, so that servers are stopped and folders removed.
      stop.signal.throwIfAborted()
      const start = performance.now()
      const tidyUp = await contenders[name](round)
      if (round >= warmUp) samples[name].push(performance.now() - start)
      await tidyUp?.()
    }
  }
  return samples
}

/** The value that this share of the samples does not exceed; NaN of none. */
export function percentile(samples: Samples, share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  if (share === 0.5 && sorted.length % 2 === 0 && sorted.length > 0) {
    const middle = sorted.length / 2
    return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
  }
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN
}
