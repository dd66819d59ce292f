import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { SAVES_PREFIX } from '../git/ls-refs.ts'
import { git } from '../git/spawn.ts'
import type { Layout } from '../layout.ts'

/** Saves hold the bytes that are on disk: no conversion of line ends, no filters, whatever the user configured. */
const ATTRIBUTES = '* -text -filter -ident -working-tree-encoding\n'
const CONFIG: [string, string][] = [
  ['core.autocrlf', 'false'],
  ['core.safecrlf', 'false'],
  ['core.fileMode', 'true'],
  ['core.symlinks', 'true'],
  ['core.logAllRefUpdates', 'false'],
  ['core.ignoreCase', 'false'],
  // Objects are on the disk before a save that is built on them is told; in batches that costs one sync.
  ['core.fsync', 'committed,loose-object'],
  ['core.fsyncMethod', 'batch'],
  ['gc.auto', '0'],
]

/** Makes the repository of the saves, or completes one that is there: it is safe to call again. */
export async function prepareShadow(layout: Layout): Promise<void> {
  const { shadow, gitDir, temporary } = layout
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  // What `git init --bare` would make, without its process.
  for (const folder of ['info', 'objects/info', 'objects/pack', 'refs'])
    await mkdir(join(shadow, folder), { recursive: true })
  await writeFile(join(shadow, 'HEAD'), 'ref: refs/heads/main\n')
  // What an earlier run borrowed of nested repositories is still named by its index.
  const alternates = join(shadow, 'objects', 'info', 'alternates')
  const own = `${join(gitDir, 'objects')}\n`
  const known = await readFile(alternates, 'utf8').catch(() => '')
  if (!known.startsWith(own)) await writeFile(alternates, own)
  await writeFile(join(shadow, 'info', 'attributes'), ATTRIBUTES)
  await writeFile(join(shadow, 'config'), formatConfig())
  const exclude = join(shadow, 'info', 'exclude')
  await rm(exclude, { force: true })
  await symlink(join(gitDir, 'info', 'exclude'), exclude)
  // A killed git leaves its locks behind; nobody else uses these indexes.
  for (const index of [layout.snapIndex, layout.stagedIndex]) await rm(`${index}.lock`, { force: true })
}

/** Save refs that are on this disk, by full name. */
export async function listShadowSaves(layout: Layout): Promise<Map<string, string>> {
  const format = '--format=%(objectname) %(refname)'
  const { stdout } = await git(['for-each-ref', format, SAVES_PREFIX], { gitDir: layout.shadow })
  const lines = stdout.toString('utf8').split('\n').filter(Boolean)
  return new Map(lines.map((line): [string, string] => [line.slice(41), line.slice(0, 40)]))
}

function formatConfig(): string {
  const sections = [['core.bare', 'true'], ['core.repositoryFormatVersion', '0'], ...CONFIG].map(
    ([key = '', value = '']) => {
      const [section = '', name = ''] = key.split('.')
      return `[${section}]\n\t${name} = ${value}\n`
    },
  )
  return sections.join('')
}
