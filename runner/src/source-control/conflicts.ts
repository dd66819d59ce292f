import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from '../errors.ts'
import type { WorkPaths } from '../files/paths.ts'
import type { Layout } from '../layout.ts'
import { GitRefused } from './errors.ts'
import { checkNames } from './staging.ts'
import { LITERAL } from './user-git.ts'
import type { UserGit } from './user-git.ts'

const MARKERS = /^<{7} [\s\S]*^={7}$[\s\S]*^>{7} /m

/** One file's entries in the index, by stage: 1 is the base, 2 ours, 3 theirs. */
type Stages = Map<number, { mode: string; oid: string }>

/** Settles the conflict in one file. The caller has made a save. Rejects with `GitRefused`. */
export async function resolveConflict(
  git: UserGit,
  layout: Pick<Layout, 'temporary'>,
  paths: WorkPaths,
  path: string,
  choice: 'ours' | 'theirs' | 'both' | 'mark',
): Promise<void> {
  checkNames([path])
  const stages = await readStages(git, path)
  if (stages.size === 0) throw new GitRefused('stale', `${path} has no conflict any more.`)
  if (choice === 'mark') return markResolved(git, paths, path)
  if (choice === 'both') return takeBoth(git, layout, path, stages)
  const entry = stages.get(choice === 'ours' ? 2 : 3)
  if (!entry) await git(['rm', '--quiet', '--force', '--', path], { env: LITERAL })
  else await takeBlob(git, path, entry)
}

async function markResolved(git: UserGit, paths: WorkPaths, path: string): Promise<void> {
  if (MARKERS.test(await readText(paths, path))) {
    const message = `${path} still has conflict markers (<<<<<<<, =======, >>>>>>>). Edit it to what it should be, or choose a side.`
    throw new GitRefused('unmerged', message)
  }
  await git(['add', '--all', '--', path], { env: LITERAL })
}

/** Both sides one after the other where they differ, as `git merge-file --union` does it. */
async function takeBoth(
  git: UserGit,
  layout: Pick<Layout, 'temporary'>,
  path: string,
  stages: Stages,
): Promise<void> {
  const [base, ours, theirs] = [stages.get(1), stages.get(2), stages.get(3)]
  if (!ours || !theirs) {
    throw new GitRefused(
      'other',
      `One side deleted ${path}, so there are not two texts to keep. Choose a side.`,
    )
  }
  const folder = await mkdtemp(join(layout.temporary, 'union-'))
  try {
    const files = await Promise.all(
      [ours, base, theirs].map(async (entry, n) => {
        const file = join(folder, String(n))
        const bytes = entry ? (await git(['cat-file', 'blob', entry.oid], { reading: true })).stdout : ''
        await writeFile(file, bytes)
        return file
      }),
    )
    const merged = await git(['merge-file', '--union', '--stdout', ...files], { allowedCodes: [0, 255] })
    if (merged.code !== 0) {
      throw new GitRefused('other', `${path} is not text, so both sides cannot be joined. Choose one.`)
    }
    const written = await git(['hash-object', '-w', '--stdin'], { input: merged.stdout })
    await takeBlob(git, path, { mode: ours.mode, oid: written.stdout.toString('latin1').trim() })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Index and file become this blob; git applies line ends and filters on the way to the file. */
async function takeBlob(git: UserGit, path: string, entry: { mode: string; oid: string }): Promise<void> {
  const input = `0 ${'0'.repeat(40)}\t${path}\0${entry.mode} ${entry.oid}\t${path}\0`
  await git(['update-index', '-z', '--index-info'], { input })
  // A submodule's folder is the user's to update.
  if (entry.mode !== '160000') await git(['checkout-index', '--force', '--', path], { env: LITERAL })
}

async function readStages(git: UserGit, path: string): Promise<Stages> {
  const { stdout } = await git(['ls-files', '--unmerged', '-z', '--', path], { env: LITERAL, reading: true })
  const stages: Stages = new Map()
  for (const record of stdout.toString('utf8').split('\0').filter(Boolean)) {
    const [mode = '', oid = '', stage = ''] = record.slice(0, record.indexOf('\t')).split(' ')
    stages.set(Number(stage), { mode, oid })
  }
  return stages
}

async function readText(paths: WorkPaths, path: string): Promise<string> {
  try {
    return await readFile((await paths.locate(path)).absolute, 'latin1')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
