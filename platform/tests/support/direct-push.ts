import { ZERO_OID } from '../../src/git/object-id.ts'
import { packetText, readPacket } from '../../src/git/pkt-line.ts'
import { receivePack } from '../../src/git/receive-pack.ts'
import type { Remotes } from '../../src/git/remotes.ts'
import { createObject, encodeCommit, encodeTree } from '../../../runner/src/git/objects.ts'
import { encodePack } from '../../../runner/src/git/pack.ts'

const AUTHOR = { name: 'Ada', email: 'ada@example.com' }
const OPEN_RULES = { by: 'test', refuse: () => null, inspect: async () => {} }

/**
 * A commit of one file on top of what a ref is now, made and pushed the way a runner does, with no process in between.
 * The new commit's id; null when it was refused.
 */
export async function pushFile(
  remotes: Remotes,
  id: string,
  ref: string,
  path: string,
  text: string,
): Promise<string | null> {
  const repository = remotes.repository(id)
  const version = await repository.head()
  if (!version) throw new Error(`no repository ${id}`)
  const old = version.head.refs[ref] ?? ZERO_OID
  const blob = createObject('blob', Buffer.from(text))
  const tree = createObject('tree', encodeTree([{ mode: '100644', name: path, oid: blob.oid }]))
  const commit = createObject(
    'commit',
    encodeCommit({
      tree: tree.oid,
      parents: old === ZERO_OID ? [] : [old],
      author: AUTHOR,
      committer: AUTHOR,
      time: Math.floor(remotes.clock.now() / 1000),
      message: `Write ${path}\n`,
    }),
  )
  const push = { updates: [{ ref, old, new: commit.oid }], capabilities: new Set(['report-status']) }
  const nothing = (async function* (): AsyncGenerator<Buffer> {})()
  const pack = await encodePack([blob, tree, commit])
  const report = await receivePack(remotes, repository, push, pack, nothing, OPEN_RULES)
  const [unpack, result] = readLines(report)
  return unpack === 'unpack ok' && result === `ok ${ref}` ? commit.oid : null
}

function readLines(report: Buffer): string[] {
  const lines: string[] = []
  for (let at = 0; ;) {
    const read = readPacket(report, at)
    if (!read || !Buffer.isBuffer(read.packet)) return lines
    lines.push(packetText(read.packet))
    at = read.next
  }
}
