// `npm run template -- test <name>…`: makes the plainest and the fullest project of templates of this repository,
// installs what each needs, and does all that its README promises.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TemplateEngine } from '../src/templates/engine.ts'
import { temporaryFolder } from './support/shell.ts'
import { BUILDS, complaintOf, extremes, lacks, writeFiles } from './support/template-builds.ts'

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url))
const say = (text: string): void => void process.stdout.write(`${text}\n`)

await using engine = new TemplateEngine()
const names = process.argv.slice(2)
for (const name of names.length > 0 ? names : Object.keys(BUILDS)) {
  const build = Object.hasOwn(BUILDS, name) ? BUILDS[name] : undefined
  if (!build) {
    say(`There is no template ${name}. There are ${Object.keys(BUILDS).join(', ')}.`)
    process.exitCode = 2
    continue
  }
  const missing = await lacks(build)
  if (missing.length > 0) {
    say(`${name}: not tried, because this machine lacks ${missing.join(', ')}`)
    continue
  }
  for (const [index, files] of (await extremes(engine, join(TEMPLATES, name))).entries()) {
    await using folder = await temporaryFolder()
    await writeFiles(folder.path, files)
    for (const command of build.commands) {
      const since = performance.now()
      const complaint = await complaintOf(command, folder.path)
      const seconds = ((performance.now() - since) / 1000).toFixed(1)
      say(`${name} ${index === 0 ? 'plain' : 'with everything'}: ${complaint ?? `${command} (${seconds} s)`}`)
      if (complaint === null) continue
      process.exitCode = 1
      break
    }
  }
}
