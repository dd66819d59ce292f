import { expect, it } from 'vitest'
import { simulate } from './simulation/simulate.ts'

/** Each takes two seconds of processor; `npm run soak -- git` goes through 2,000. */
const SEEDS = 10

it(`loses nothing that was acknowledged, in ${SEEDS} lives of a bucket`, { timeout: 600_000 }, async () => {
  let acknowledged = 0
  let crashes = 0
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const report = await simulate(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed} failed; replay it with: npm run soak -- git --seed ${seed}`, {
        cause: error,
      })
    })
    acknowledged += report.acknowledged
    crashes += report.crashes
  }
  // A simulation in which nothing happens proves nothing.
  expect(acknowledged).toBeGreaterThan(SEEDS * 10)
  expect(crashes).toBeGreaterThan(SEEDS / 2)
})
