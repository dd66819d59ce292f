import { expect, it } from 'vitest'
import { EVENTS, soakSaves } from './soak/saves-soak.ts'

const ROUNDS = 8
const SEED = 20_261_124

it(
  `loses no save in ${ROUNDS} rounds of work, kills, faults and clock jumps`,
  { timeout: 900_000 },
  async () => {
    const { durableSaves, kills, events } = await soakSaves(SEED, ROUNDS).catch((error: unknown) => {
      throw new Error(`replay it with: npm run soak -- saves --rounds ${ROUNDS} --seed ${SEED}`, {
        cause: error,
      })
    })
    // Rounds in which nothing happens prove nothing.
    expect(durableSaves).toBeGreaterThan(ROUNDS * 10)
    expect(kills).toBeGreaterThan(ROUNDS / 4)
    expect([...events].sort()).toEqual([...EVENTS].sort())
  },
)
