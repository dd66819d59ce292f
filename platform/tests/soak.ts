import { parseArgs } from 'node:util'
import { simulate } from './simulation/simulate.ts'
import { soakSaves } from './soak/saves-soak.ts'

const NIGHTLY_LIVES = 2000
const NIGHTLY_ROUNDS = 300

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Resolves to the exit code: 0 when every life ended well. */
async function soakGit(first: number, seeds: number): Promise<number> {
  let failed = 0
  let acknowledged = 0
  for (let seed = first; seed < first + seeds; seed += 1) {
    try {
      acknowledged += (await simulate(seed)).acknowledged
    } catch (error) {
      failed += 1
      say(`Seed ${seed} failed: ${describe(error)}`)
      say(`Replay it with: npm run soak -- git --seed ${seed}`)
    }
    if ((seed - first + 1) % 100 === 0) say(`${seed - first + 1} of ${seeds}: ${failed} failed`)
  }
  say(`${seeds} lives, ${acknowledged} acknowledged pushes, ${failed} failed.`)
  return failed === 0 ? 0 : 1
}

async function soakWorkspace(seed: number, rounds: number): Promise<number> {
  try {
    const { durableSaves, kills } = await soakSaves(seed, rounds, say)
    say(`${rounds} rounds, ${durableSaves} durable saves, ${kills} kills: nothing lost.`)
    return 0
  } catch (error) {
    say(describe(error))
    return 1
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return [error.stack ?? error.message, ...(error.cause === undefined ? [] : [describe(error.cause)])].join(
    '\n',
  )
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, rounds: { type: 'string' } },
})
const [what] = positionals
if (what === 'git') {
  const one = values.seed !== undefined
  process.exitCode = await soakGit(Number(values.seed ?? 1), one ? 1 : Number(values.seeds ?? NIGHTLY_LIVES))
} else if (what === 'saves') {
  const rounds = Number(values.rounds ?? NIGHTLY_ROUNDS)
  process.exitCode = await soakWorkspace(Number(values.seed ?? Date.now() % 100_000), rounds)
} else {
  say('Usage: npm run soak -- git [--seeds 2000 | --seed 17]')
  say('       npm run soak -- saves [--rounds 300] [--seed 17]')
  process.exitCode = 2
}
