import type { BuiltCommit } from './commit-files.ts'
import { ingestSmall } from './ingest.ts'
import { uploadPack } from './pack-upload.ts'
import type { ReceiveContext } from './receive-pack.ts'
import type { HeadVersion, Repository } from './repository.ts'

/**
 * Publishes a commit that the platform built on a version of a repository. False when the ref has moved since: the
 * commit is in no history then, and has to be built anew.
 */
export async function storeCommit(
  { store, cache, clock }: ReceiveContext,
  repository: Repository,
  version: HeadVersion,
  { commit, pack }: Pick<BuiltCommit, 'commit' | 'pack'>,
  { ref, old, by }: { ref: string; old: string; by: string },
): Promise<boolean> {
  const { pack: ready } = ingestSmall(pack)
  if (!ready) throw new Error('a commit without objects')
  const entry = await uploadPack(store, version.head.family, ready, clock.now())
  const publication = { updates: [{ ref, old, new: commit }], packs: [entry], by, atomic: true }
  const { refused } = await repository.publish(publication, async () => {})
  if (refused.get(ref) !== null) return false
  await cache.adopt(entry, ready.pack, ready.index)
  return true
}
