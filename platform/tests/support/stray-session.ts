import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ulid } from 'ulid'
import { encodeSave } from '../../../runner/src/saves/save-commit.ts'
import { ingestSmall } from '../../src/git/ingest.ts'
import { ZERO_OID } from '../../src/git/object-id.ts'
import { uploadPack } from '../../src/git/pack-upload.ts'
import { SAVES_PREFIX } from '../../src/git/ref-name.ts'
import { Remotes } from '../../src/git/remotes.ts'
import type { ObjectStore } from '../../src/store/object-store.ts'
import { pipeGit, stockGit, temporaryFolder } from './shell.ts'
import type { TestPlatform } from './platform.ts'

/**
 * A save by another session of a workspace, as a runner leaves it that lived on beside the current one. It stands on the
 * commit of HEAD and changes one file. Resolves to its commit.
 */
export async function addStraySession(
  platform: TestPlatform,
  store: ObjectStore,
  id: string,
  change: { path: string; content: string },
): Promise<string> {
  await using folder = await temporaryFolder()
  await stockGit(folder.path, 'clone', '-q', await platform.gitUrl(id), 'clone')
  const clone = join(folder.path, 'clone')
  const file = join(clone, change.path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, change.content)
  await stockGit(clone, 'add', '-A')
  const head = await stockGit(clone, 'rev-parse', 'HEAD')
  const save = encodeSave({
    tree: await stockGit(clone, 'write-tree'),
    parents: [head],
    author: { name: 'Ada', email: 'ada@example.com' },
    subject: `Save ${change.path}`,
    saveIds: [],
    head: 'refs/heads/main',
    headCommit: head,
    state: 'none',
    index: null,
    clone: null,
    nested: null,
    previous: null,
    merged: [],
    time: Math.floor(Date.now() / 1000),
  })
  await pipeGit(clone, save.data, 'hash-object', '-w', '-t', 'commit', '--stdin')
  const pack = await pipeGit(
    clone,
    Buffer.from(`${save.oid}\n^${head}\n`),
    'pack-objects',
    '--revs',
    '--stdout',
    '-q',
  )

  const remotes = await Remotes.open(store, join(folder.path, 'remotes'))
  const repository = remotes.repository(id)
  const version = await repository.head()
  const ingested = ingestSmall(pack).pack
  if (!version || !ingested) throw new Error('nothing to add to')
  // Older than the session that runs: that one goes on being the current one.
  const ref = SAVES_PREFIX + ulid(Date.now() - 3_600_000)
  const uploaded = await uploadPack(store, version.head.family, ingested, remotes.clock.now())
  const updates = [{ ref, old: ZERO_OID, new: save.oid }]
  const { refused } = await repository.publish(
    { updates, packs: [uploaded], by: 'test', atomic: true },
    async () => {},
  )
  for (const [name, reason] of refused) if (reason !== null) throw new Error(`${name}: ${reason}`)
  return save.oid
}
