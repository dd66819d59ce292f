import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { isErrno, messageOf } from './errors.ts'
import { checkTemplate } from './templates/check.ts'
import { TemplateEngine } from './templates/engine.ts'
import { readFolder } from './templates/read-folder.ts'
import type { Files } from './templates/render.ts'

const USAGE = `Usage: npm run template -- check <folder> [--set name=value]… [--out <folder>]

Says what is wrong with a template, renders it with every choice that it offers, and shows
what a workspace would begin with.

  --set name=value   a parameter, where its default is not meant
  --out <folder>     writes the files there; it must be new or empty
`

const say = (text: string): void => void process.stdout.write(`${text}\n`)

class UsageError extends Error {}

function readArguments(): { folder: string; values: Record<string, string>; out: string | undefined } {
  const options = { set: { type: 'string', multiple: true }, out: { type: 'string' } } as const
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options })
    const [command, folder, ...rest] = positionals
    if (command !== 'check' || folder === undefined || rest.length > 0) throw new UsageError('')
    const pairs = (values.set ?? []).map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`"${pair}" is not name=value.`)
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    })
    return { folder, values: Object.fromEntries(pairs), out: values.out }
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

/** Resolves to the exit code: 0 it can be used, 1 something is wrong with it. */
async function main(): Promise<number> {
  const { folder, values, out } = readArguments()
  const files = await readFolder(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR'))
      throw new UsageError(`There is no folder ${folder}.`)
    throw error
  })
  await using engine = new TemplateEngine()
  const { problems, doubts, variants, rendered } = await checkTemplate(engine, files, values)
  for (const problem of problems) say(problem)
  for (const doubt of doubts) say(`note: ${doubt}`)
  if (!rendered) {
    say(`${problems.length} found. The template cannot be used.`)
    return 1
  }
  if (out !== undefined) await write(out, rendered.files)
  for (const [path, { mode, content }] of [...rendered.files].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`${mode} ${String(content.length).padStart(8)}  ${path}`)
  say(`run: ${rendered.run ?? '-'}`)
  say(`ports: ${rendered.ports.join(', ') || '-'}`)
  say(`The template can be used. It was rendered in ${variants.length + 1} ways.`)
  return 0
}

async function write(out: string, files: Files): Promise<void> {
  await mkdir(out, { recursive: true })
  if ((await readdir(out)).length > 0) throw new UsageError(`${out} is not empty.`)
  for (const [path, { mode, content }] of files) {
    const target = join(out, path)
    await mkdir(dirname(target), { recursive: true })
    if (mode === '120000') await symlink(Buffer.from(content).toString(), target)
    else await writeFile(target, content)
    if (mode === '100755') await chmod(target, 0o755)
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof UsageError
  process.exitCode = isUsage ? 2 : 1
  process.stderr.write(isUsage ? `${error.message}\n\n${USAGE}`.trimStart() : `${messageOf(error)}\n`)
}
