import { encodeSave, shorten } from '@codenest/runner/save-commit'
import type { SaveCommit } from '@codenest/runner/save-commit'
import type { Identity } from '../access/identity.ts'
import { AppError } from '../errors.ts'
import { ingestSmall } from '../git/ingest.ts'
import { EMPTY_TREE, ZERO_OID } from '../git/object-id.ts'
import { PackError } from '../git/pack-entry.ts'
import type { ObjectType } from '../git/pack-entry.ts'
import { uploadPack } from '../git/pack-upload.ts'
import { writePack } from '../git/pack-writer.ts'
import { SAVES_PREFIX } from '../git/ref-name.ts'
import type { Remotes } from '../git/remotes.ts'
import type { HeadVersion, Repository } from '../git/repository.ts'
import { nextSession } from '../workspaces/next-session.ts'
import type { CommitInfo } from './commits.ts'
import { commitNotFound, readExisting } from './commits.ts'
import { restoredTree } from './restored-tree.ts'
import { sessionTips } from './save-refs.ts'
import type { Source } from './timeline.ts'

export interface Restored {
  session: string
  save: string
}

type Standing = Pick<
  SaveCommit,
  'parents' | 'head' | 'headCommit' | 'state' | 'index' | 'clone' | 'nested' | 'previous' | 'tree'
>

/**
 * Makes a save in which a path (null: everything) is as it was in `commit`, and all else as the last save left it: HEAD,
 * what is staged, an operation under way. It begins a session of its own, which the next start continues; nothing is
 * rewritten. Only while nobody runs the workspace. Durable when it resolves; throws an `AppError`.
 */
export async function restoreStopped(
  remotes: Remotes,
  repository: Repository,
  version: HeadVersion,
  { head, objects, read }: Source,
  { commit, path }: { commit: string; path: string | null },
  author: Identity['author'],
): Promise<Restored> {
  const wanted = await readExisting(read, commit)
  const standing = await readStanding({ head, objects, read })
  const { tree, made: trees } = await restoredTree(objects, standing.tree, wanted.tree, path)
  const made: { type: ObjectType; content: Buffer }[] = trees.map(({ content }) => ({
    type: 'tree',
    content,
  }))
  const previous = standing.previous === null ? null : await read(standing.previous)
  const now = remotes.clock.now()
  const save = encodeSave({
    ...standing,
    tree,
    author,
    subject: `Restore ${path === null ? 'the workspace' : shorten(path)} as of ${commit.slice(0, 10)}`,
    saveIds: [],
    merged: [],
    // A history is read by its times, and another machine's clock may be ahead.
    time: Math.max(Math.floor(now / 1000), previous?.time ?? 0),
  })
  made.push({ type: 'commit', content: save.data })
  const session = nextSession(head.refs, now)
  await publish(remotes, repository, version, writePack(made), { session, save: save.oid })
  return { session, save: save.oid }
}

/** What the next start would find: the last save's account of the clone, or a plain clone where there is no save. */
async function readStanding({ head, read }: Source): Promise<Standing> {
  const [newest] = sessionTips(head)
  const last = newest && (await readExisting(read, newest.tip))
  if (last?.save) {
    const { headCommit } = last.save
    const parents = headCommit === null ? [] : [headCommit]
    // What is staged and the state of the clone travel as parents that are no saves.
    for (const oid of last.parents) if (!parents.includes(oid) && !(await read(oid))?.save) parents.push(oid)
    const { tree, oid: previous, save } = last
    return { ...save, state: save.state as Standing['state'], tree, previous, parents }
  }
  const tip = head.refs[head.head]
  const commit: CommitInfo | null = tip === undefined ? null : await readExisting(read, tip)
  const tree = commit?.tree ?? EMPTY_TREE
  return {
    tree,
    index: tree,
    parents: commit ? [commit.oid] : [],
    head: head.head,
    headCommit: commit?.oid ?? null,
    state: 'none',
    clone: null,
    nested: null,
    previous: null,
  }
}

/** By compare-and-swap, and only on top of what the save was made from. */
async function publish(
  { store, cache, clock }: Remotes,
  repository: Repository,
  { head }: HeadVersion,
  bytes: Buffer,
  { session, save }: Restored,
): Promise<void> {
  await using ingested = ingestSmall(bytes)
  const { pack } = ingested
  if (!pack) throw new Error('a save without objects')
  const entry = await uploadPack(store, head.family, pack, clock.now())
  const updates = [{ ref: SAVES_PREFIX + session, old: ZERO_OID, new: save }]
  const [base] = sessionTips(head)
  const check = async (current: HeadVersion): Promise<void> => {
    const [newest] = sessionTips(current.head)
    if (newest?.session !== base?.session || newest?.tip !== base?.tip || current.head.retiredAt !== null)
      throw new AppError(
        409,
        'changed_meanwhile',
        'The workspace was saved or deleted at this moment, so nothing was restored. Reload the history and try again.',
      )
    // Garbage collection may have been faster with what nothing but the wish to restore it reached.
    await ingested
      .connect(repository.id, current, repository.objects(current), updates)
      .catch((error: unknown) => {
        throw error instanceof PackError ? commitNotFound() : error
      })
  }
  const publication = { updates, packs: [entry], by: 'restore', atomic: true }
  const { refused } = await repository.publish(publication, check)
  const reason = [...refused.values()].find((text) => text !== null)
  if (reason !== undefined)
    throw new AppError(409, 'restore_refused', `Nothing was restored: ${reason}. Try again.`)
  await cache.adopt(entry, pack.pack, pack.index)
}
