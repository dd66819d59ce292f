import { readdir, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { describeMachine } from './support/machine.ts'
import { table } from './support/rows.ts'
import type { Row } from './support/rows.ts'

export interface BenchOptions {
  /** Only the parts that have this in their name. */
  only: string
  /** Says what is going on. */
  say: (text: string) => void
}

interface BenchModule {
  bench: (options: BenchOptions) => Promise<Row[]>
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, only: { type: 'string', default: '' } },
})
const [name = ''] = positionals
const files = await readdir(import.meta.dirname)
const names = files
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3))
if (!names.includes(name)) {
  console.error(`Say which bench: ${names.join(', ')}. Options: --json <file>, --only <part>.`)
  process.exit(2)
}
const machine = await describeMachine()
const { bench } = (await import(`./${name}.ts`)) as BenchModule
const start = performance.now()
const rows = await bench({ only: values.only, say: (text) => console.error(`  ${text}`) })
console.log(
  `\n${name}: ${machine.cores} cores, ${machine.memory} GB, node ${machine.node}, git ${machine.git}; ${Math.round((performance.now() - start) / 1000)} s\n`,
)
console.log(table(rows))
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ bench: name, machine, rows }, null, 2)}\n`)
