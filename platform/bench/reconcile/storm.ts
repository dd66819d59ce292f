import { createObject, encodeCommit, encodeTree } from '../../../runner/src/git/objects.ts'
import { encodePack } from '../../../runner/src/git/pack.ts'
import type { RunnerSpec } from '../../src/engines/engine.ts'
import { SAVES_PREFIX } from '../../src/git/ref-name.ts'
import { Remotes } from '../../src/git/remotes.ts'
import { DiskObjectStore } from '../../src/store/disk-object-store.ts'
import { readFileAt } from '../../src/git/read-files.ts'
import { temporaryFolder } from '../../tests/support/shell.ts'
import type { BenchOptions } from '../main.ts'
import { pushBody, ZERO_OID } from '../support/direct-push.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { follow } from './platform-process.ts'
import { ownIds } from './seed.ts'
import { openSite } from './site.ts'

const COUNT = Number(process.env['CODENEST_BENCH_STORM'] ?? 1_000)
const AUTHOR = { name: 'Ada', email: 'ada@example.com' }
const FILE = 'last.txt'

/** All workspaces are stopped in one moment, each with something that is in no remote yet. */
export async function storm(folder: string, say: BenchOptions['say']): Promise<Row[]> {
  say(`${COUNT} workspaces start…`)
  const site = await openSite(folder, { count: COUNT, own: COUNT, lastSave: pushLastSave })
  await using _site = site
  await using platform = await site.start()
  const { owner } = platform
  using follower = await follow(owner)
  const ids = ownIds(COUNT)
  const begun = performance.now()
  await Promise.all(ids.map((id) => owner.api('POST', `/workspaces/${id}/start`)))
  await Promise.all(ids.map((id) => follower.until(id, 'running')))
  const started = performance.now() - begun
  say(`${COUNT} workspaces stop…`)
  const stopping = performance.now()
  await Promise.all(ids.map((id) => owner.api('POST', `/workspaces/${id}/stop`)))
  await Promise.all(ids.map((id) => follower.until(id, 'stopped')))
  const stopped = performance.now() - stopping
  const saved = await countSaved(site.dataDir, ids)
  return [
    row(`${COUNT} starts at once: all run`, 'ms', [started], '', []),
    row(`${COUNT} stops at once: all stopped`, 'ms', [stopped], '', []),
    row(`${COUNT} stops at once: last saves that are missing`, 'requests', [COUNT - saved], '', [], 0),
  ]
}

/** What a runner does at its end: one push of a save that only it has. */
async function pushLastSave({ workspace, session, remote }: RunnerSpec): Promise<void> {
  const blob = createObject('blob', Buffer.from(textOf(workspace)))
  const tree = createObject('tree', encodeTree([{ mode: '100644', name: FILE, oid: blob.oid }]))
  const time = Math.floor(Date.now() / 1000)
  const made = { tree: tree.oid, parents: [], author: AUTHOR, committer: AUTHOR, time, message: 'Save\n' }
  const commit = createObject('commit', encodeCommit(made))
  const update = { ref: SAVES_PREFIX + session, old: ZERO_OID, new: commit.oid }
  const response = await fetch(`${remote.url}/git-receive-pack`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-git-receive-pack-request',
      authorization: `Basic ${Buffer.from(`runner:${remote.token}`).toString('base64')}`,
    },
    body: new Uint8Array(pushBody([update], await encodePack([blob, tree, commit]))),
  })
  const report = await response.text()
  if (!report.includes(`ok ${update.ref}`)) throw new Error(`refused: ${response.status} ${report}`)
}

async function countSaved(dataDir: string, ids: string[]): Promise<number> {
  await using folder = await temporaryFolder()
  await using store = await DiskObjectStore.open(`${dataDir}/store`)
  await using remotes = await Remotes.open(store, folder.path)
  let saved = 0
  for (const id of ids) {
    const version = await remotes.repository(id).head()
    const [, commit] =
      Object.entries(version?.head.refs ?? {}).find(([ref]) => ref.startsWith(SAVES_PREFIX)) ?? []
    if (!version || commit === undefined) continue
    const file = await readFileAt(remotes.repository(id).objects(version), commit, FILE)
    if (file?.toString() === textOf(id)) saved += 1
  }
  return saved
}

function textOf(workspace: string): string {
  return `not saved until the end of ${workspace}\n`
}
