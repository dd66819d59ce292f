import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'

const NIGHTLY = 2000

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
      say(`Seed ${seed} failed: ${error instanceof Error ? error.stack : String(error)}`)
      say(`Replay it with: npm run soak -- git --seed ${seed}`)
    }
    if ((seed - first + 1) % 100 === 0) say(`${seed - first + 1} of ${seeds}: ${failed} failed`)
  }
  say(`${seeds} lives, ${acknowledged} acknowledged pushes, ${failed} failed.`)
  return failed === 0 ? 0 : 1
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, seeds: { type: 'string' } },
})
if (positionals[0] === 'git') {
  const one = values.seed !== undefined
  process.exitCode = await soakGit(Number(values.seed ?? 1), one ? 1 : Number(values.seeds ?? NIGHTLY))
} else {
  say('Usage: npm run soak -- git [--seeds 2000 | --seed 17]')
  process.exitCode = 2
}
