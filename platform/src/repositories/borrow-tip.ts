import { open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import { git } from '../git/git-process.ts'
import { makeScratch } from '../git/ingest.ts'
import { createObjectReader } from '../git/object-reader.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import type { CachedPack } from '../git/pack-cache.ts'
import { PackIndex } from '../git/pack-index.ts'
import type { Tip } from './choose-tip.ts'
import { fetchUpstream } from './fetch-upstream.ts'
import type { FetchRequest } from './fetch-upstream.ts'

const KEPT = 'refs/codenest/tip'

/**
 * Fetches one commit of an upstream without its history and lends what is in it. Nothing of it is kept. Throws an
 * `AppError` with what a person can do.
 */
export async function borrowTip<T>(
  folder: string,
  { ref, commit }: Tip,
  fetch: Omit<FetchRequest, 'refspecs' | 'depth'>,
  use: (objects: ObjectReader, commit: string) => Promise<T>,
): Promise<T> {
  const wanted = ref ?? commit
  if (commit === null || wanted === null)
    throw new AppError(
      422,
      'repository_empty',
      `${fetch.url.href} has no commit yet. Push one, and try again.`,
    )
  if (ref === null && commit.length < 40)
    throw new AppError(
      422,
      'ref_not_found',
      `"${commit}" is the beginning of a commit's id. Give all of its 40 digits, or a branch or tag.`,
    )
  const scratch = await makeScratch(folder)
  try {
    await fetchUpstream(scratch, { ...fetch, depth: 1, refspecs: [`+${wanted}:${KEPT}`] })
    const name = `${KEPT}^{commit}`
    const found = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', name], {
      gitDir: scratch,
      signal: fetch.signal,
    }).catch(() => null)
    if (!found)
      throw new AppError(422, 'ref_not_found', `${wanted} of the repository is no commit. Choose a branch.`)
    return await readPack(scratch, (objects) => use(objects, found.toString().trim()))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** `fetch.unpackLimit` sees to it that a fetch leaves one pack. */
async function readPack<T>(scratch: string, use: (objects: ObjectReader) => Promise<T>): Promise<T> {
  const folder = join(scratch, 'objects', 'pack')
  const name = (await readdir(folder)).find((file) => file.endsWith('.pack'))
  if (name === undefined) throw new Error('a fetch has left no pack')
  const path = join(folder, name)
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const index = new PackIndex(await readFile(path.replace(/\.pack$/, '.idx')))
    const pack: CachedPack = { file, size, index, path }
    const entry = { key: path, size, objects: index.count, addedAt: 0 }
    return await use(createObjectReader([entry], { use: (_, work) => work(pack) }))
  } finally {
    await file.close()
  }
}
