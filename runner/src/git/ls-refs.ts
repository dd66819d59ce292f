import { commandRequest, parsePackets } from './pkt-line.ts'
import { RemoteError } from './remote.ts'
import type { Remote } from './remote.ts'

export interface RemoteRefs {
  /** Branch that HEAD of the remote points to, also when it is unborn; null when the remote does not tell. */
  head: string | null
  /** Object ids by full ref name. */
  refs: Map<string, string>
}

/** `refs/codenest/` is hidden from clients that do not name it, so it is named. */
export const SAVES_PREFIX = 'refs/codenest/saves/'
const PREFIXES = ['HEAD', 'refs/heads/', 'refs/tags/', 'refs/remotes/', SAVES_PREFIX]

/** Asks the remote for its refs (protocol version 2). Throws `RemoteError`. */
export async function listRemoteRefs(remote: Remote, signal?: AbortSignal): Promise<RemoteRefs> {
  const prefixes = PREFIXES.map((prefix) => `ref-prefix ${prefix}`)
  const answer = await remote.post({
    ...commandRequest('ls-refs', ['symrefs', 'unborn', ...prefixes]),
    signal,
  })
  const result: RemoteRefs = { head: null, refs: new Map() }
  for (const line of readLines(answer)) {
    const [oid = '', name = '', ...attributes] = line.split(' ')
    if (name === 'HEAD') {
      const target = attributes.find((attribute) => attribute.startsWith('symref-target:'))
      result.head = target ? target.slice('symref-target:'.length) : null
    } else if (name.startsWith('refs/')) {
      result.refs.set(name, oid)
    }
  }
  return result
}

/** The newest save: the largest ULID wins. */
export function newestSave(refs: Map<string, string>): { ref: string; commit: string } | null {
  const newest = [...refs]
    .filter(([ref]) => ref.startsWith(SAVES_PREFIX))
    .sort(byName)
    .at(-1)
  return newest ? { ref: newest[0], commit: newest[1] } : null
}

function byName([a]: [string, string], [b]: [string, string]): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function readLines(answer: Buffer): string[] {
  try {
    return [...parsePackets(answer)]
      .filter((packet) => typeof packet !== 'string')
      .map((packet) => packet.toString('utf8').trimEnd())
  } catch (error) {
    throw new RemoteError('the remote did not answer as a git remote does', { cause: error })
  }
}
