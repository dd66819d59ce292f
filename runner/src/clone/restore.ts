import { readHead } from '../git/head.ts'
import { parseCommit } from '../git/objects.ts'
import { git } from '../git/spawn.ts'
import type { GitOptions } from '../git/spawn.ts'
import type { ObjectReader } from '../git/object-reader.ts'
import type { Layout } from '../layout.ts'
import { parseSave } from '../saves/save-commit.ts'
import type { SaveRecord } from '../saves/save-commit.ts'

/** Checks out HEAD into the empty work tree, as a plain clone does. */
export async function checkOutHead(layout: Layout, signal: AbortSignal): Promise<void> {
  const { commit } = await readHead(layout.gitDir)
  if (!commit) return
  const user: GitOptions = { gitDir: layout.gitDir, workTree: layout.work, signal }
  await git(['read-tree', '--reset', '-u', 'HEAD'], user)
  await git(['read-tree', commit], { gitDir: layout.shadow, indexFile: layout.snapIndex, signal })
}

/**
 * Puts HEAD, index and the empty work tree into the state that the save recorded: what was uncommitted is
 * uncommitted, what was staged is staged. Throws when `commit` is no save.
 */
export async function restoreSave(
  layout: Layout,
  reader: ObjectReader,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const save = parseSave((await reader.read(commit)).data)
  if (!save) throw new Error(`${commit} is not a save`)
  await borrowObjects(layout, reader, save, signal)
  await restoreHead(layout, save, signal)
  await restoreIndex(layout, save, signal)

  const shadow: GitOptions = {
    gitDir: layout.shadow,
    workTree: layout.work,
    indexFile: layout.snapIndex,
    signal,
  }
  await git(['read-tree', save.tree], shadow)
  await git(['checkout-index', '--all', '--force', '--index', '--quiet'], shadow)
  await git(['update-index', '-q', '--refresh'], {
    gitDir: layout.gitDir,
    workTree: layout.work,
    signal,
    allowedCodes: [0, 1],
  })
}

/** The commit of a detached HEAD and the staged blobs may be reachable from the save alone: the clone gets its own copy. */
async function borrowObjects(
  layout: Layout,
  reader: ObjectReader,
  save: SaveRecord & { parents: string[] },
  signal: AbortSignal,
): Promise<void> {
  const wanted = save.head.startsWith('refs/') ? [] : [save.head]
  const last = save.parents.at(-1)
  if (last !== undefined) {
    const { data } = await reader.read(last)
    if (parseSave(data) === null && parseCommit(data).tree === save.index) wanted.push(last)
  }
  if (wanted.length === 0) return
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance']
  await git(['fetch', ...options, '--', layout.shadow, ...wanted], { gitDir: layout.gitDir, signal })
}

async function restoreHead(layout: Layout, save: SaveRecord, signal: AbortSignal): Promise<void> {
  const user: GitOptions = { gitDir: layout.gitDir, signal }
  if (save.head.startsWith('refs/')) await git(['symbolic-ref', 'HEAD', save.head], user)
  else await git(['update-ref', '--no-deref', 'HEAD', save.head], user)
}

async function restoreIndex(layout: Layout, save: SaveRecord, signal: AbortSignal): Promise<void> {
  const user: GitOptions = { gitDir: layout.gitDir, workTree: layout.work, signal }
  const { commit } = await readHead(layout.gitDir)
  const tree = save.index ?? commit
  if (tree) await git(['read-tree', tree], user)
}
