/**
 * Measures saves of one file by a page against stock `git http-backend`, in a repository of n files:
 * `node runner/bench/save-latency.ts [files] [saves]`. Milliseconds: median, 95th percentile.
 */
import { createFixture } from '../tests/workspace-fixture.ts'

const files = Number(process.argv[2] ?? 10_000)
const saves = Number(process.argv[3] ?? 50)

await using fixture = await createFixture()
await fixture.seed(
  Object.fromEntries(
    Array.from({ length: files }, (_, n) => [`src/${n % 100}/file-${n}.ts`, `export const n = ${n}\n`]),
  ),
)
const opening = performance.now()
const runner = await fixture.run()
const opened = performance.now() - opening
const page = await runner.connect()
const answered: number[] = []
const durable: number[] = []
let version: string | null = null
for (let n = 0; n < saves; n++) {
  const begin = performance.now()
  version = await page.save('src/1/edited.ts', `export const value = ${n}\n`, version)
  answered.push(performance.now() - begin)
  await page.durable()
  durable.push(performance.now() - begin)
}
process.stdout.write(
  `${files} files: opened in ${opened.toFixed(0)} ms; answered ${describe(answered)} ms; durable ${describe(durable)} ms\n`,
)

function describe(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1)
  return `${at(0.5)}, ${at(0.95)}`
}
