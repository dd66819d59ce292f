import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../git/git-process.ts'
import { makeScratch } from '../git/ingest.ts'
import { readNewPack } from '../git/new-pack.ts'
import type { Remotes } from '../git/remotes.ts'
import { forkParentGone } from './fork.ts'
import type { ForkRequest } from './fork.ts'

const BRANCH = 'refs/heads/main'

/**
 * Makes the repository of a fork of somebody else's workspace: one commit with the files of a save, in packs of its own.
 * Nothing else of the parent comes along, for whoever has a repository can read all that its packs hold: branches,
 * hooks and configuration of a clone, what was removed long ago. It costs as much as there are files. False when it
 * exists already; throws an `AppError` when there is no such commit, or not any more.
 */
export async function forkFiles(
  remotes: Remotes,
  id: string,
  { workspace, commit }: ForkRequest,
  author: { name: string; email: string },
  signal: AbortSignal,
): Promise<boolean> {
  const parent = remotes.repository(workspace)
  const version = await parent.head(signal)
  if (!version || (await parent.objects(version).read(commit))?.type !== 'commit')
    throw forkParentGone(workspace, commit)
  const scratch = await makeScratch(remotes.scratch)
  try {
    const made = await remotes.views.use(workspace, version, async (view) => {
      await writeFile(join(scratch, 'objects', 'info', 'alternates'), `${join(view, 'objects')}\n`)
      return packFiles(scratch, commit, `Start from the files of ${workspace}`, author, signal)
    })
    const refs = { [BRANCH]: made.commit }
    return await remotes.create(id, {
      head: BRANCH,
      refs,
      pack: await readNewPack(made.pack),
      by: 'platform',
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function packFiles(
  scratch: string,
  from: string,
  message: string,
  { name, email }: { name: string; email: string },
  signal: AbortSignal,
): Promise<{ commit: string; pack: string }> {
  const who = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email }
  const env = { ...who, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email }
  const options = { gitDir: scratch, signal }
  const made = await git(['commit-tree', `${from}^{tree}`, '-m', message], { ...options, env })
  const commit = made.toString().trim()
  const target = join(scratch, 'objects', 'pack', 'pack')
  const args = ['-c', 'core.bigFileThreshold=16m', 'pack-objects', '--revs', '--threads=1', '-q', target]
  const packed = await git(args, { ...options, input: Buffer.from(`${commit}\n`) })
  return { commit, pack: `${target}-${packed.toString().trim()}.pack` }
}
