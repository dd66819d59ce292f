import { commitFiles } from '../../src/git/commit-files.ts'
import type { FileContent } from '../../src/git/commit-files.ts'
import { ZERO_OID } from '../../src/git/object-id.ts'
import { packetText, readPacket } from '../../src/git/pkt-line.ts'
import { receivePack } from '../../src/git/receive-pack.ts'
import type { Remotes } from '../../src/git/remotes.ts'

const AUTHOR = { name: 'Ada', email: 'ada@example.com' }
const OPEN_RULES = { by: 'test', refuse: () => null, inspect: async () => {} }

/** A commit on top of what a ref is now, pushed the way a runner does. The new commit's id, null when it was refused. */
export async function pushFile(
  remotes: Remotes,
  id: string,
  ref: string,
  path: string,
  text: string,
  options: { force?: boolean } = {},
): Promise<string | null> {
  const repository = remotes.repository(id)
  const version = await repository.head()
  if (!version) throw new Error(`no repository ${id}`)
  const old = version.head.refs[ref] ?? ZERO_OID
  const base =
    old === ZERO_OID || options.force === true ? null : { commit: old, objects: repository.objects(version) }
  const changes = new Map<string, FileContent>([[path, { content: Buffer.from(text), mode: '100644' }]])
  const { commit, pack } = await commitFiles({ base, changes, message: `Write ${path}`, author: AUTHOR })
  const push = { updates: [{ ref, old, new: commit }], capabilities: new Set(['report-status']) }
  const nothing = (async function* (): AsyncGenerator<Buffer> {})()
  const report = await receivePack(remotes, repository, push, pack, nothing, OPEN_RULES)
  const lines = readLines(report)
  return lines[0] === 'unpack ok' && lines[1] === `ok ${ref}` ? commit : null
}

export function readLines(report: Buffer): string[] {
  const lines: string[] = []
  for (let at = 0; ;) {
    const read = readPacket(report, at)
    if (!read || !Buffer.isBuffer(read.packet)) return lines
    lines.push(packetText(read.packet))
    at = read.next
  }
}
