import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { commandRequest, readPackets } from './pkt-line.ts'
import { RemoteError } from './remote.ts'
import type { Remote } from './remote.ts'
import { collect, exitCode, GitError, startGit } from './spawn.ts'

const PACK = 1
const FAILURE = 3

/**
 * Fetches what `wants` reach, less what `haves` reach, into a repository. The refs are known already, so it is one
 * request and one process where `git fetch` takes three and five. Resolves
 * to the commits whose parents are not among what came: because of `depth`, or because the remote has none of them
 * yet. Throws `RemoteError`, `GitError` or the signal's reason.
 */
export async function fetchPack(
  gitDir: string,
  remote: Remote,
  wants: Iterable<string>,
  haves: Iterable<string>,
  signal: AbortSignal,
  depth?: number,
): Promise<string[]> {
  const shallow: string[] = []
  const lines = [
    'no-progress',
    ...(depth === undefined ? [] : [`deepen ${depth}`]),
    'ofs-delta',
    ...Array.from(new Set(wants), (oid) => `want ${oid}`),
    ...Array.from(new Set(haves), (oid) => `have ${oid}`),
    'done',
  ]
  const answer = remote.stream({ ...commandRequest('fetch', lines), signal })
  const child = startGit(['index-pack', '--stdin'], { gitDir, signal })
  const [sent, said, , code] = await Promise.allSettled([
    pipeline(Readable.from(readPack(answer, shallow)), child.stdin),
    collect(child.stderr),
    collect(child.stdout),
    exitCode(child),
  ])
  signal.throwIfAborted()
  // A git that ends early breaks the pipe: what it says is the cause.
  if (sent.status === 'rejected' && sent.reason instanceof RemoteError) throw sent.reason
  if (code.status === 'rejected') throw code.reason
  const stderr = said.status === 'fulfilled' ? said.value.toString('utf8') : ''
  if (code.value !== 0) throw new GitError('index-pack', code.value, stderr)
  return shallow
}

async function* readPack(answer: AsyncIterable<Buffer>, shallow: string[]): AsyncGenerator<Buffer> {
  let isPack = false
  try {
    for await (const packet of readPackets(answer)) {
      if (typeof packet === 'string') continue
      if (isPack && packet[0] === PACK) yield packet.subarray(1)
      else if (isPack && packet[0] === FAILURE) throw new Error(packet.toString('utf8', 1).trim())
      else if (!isPack && packet.toString('utf8').startsWith('ERR '))
        throw new Error(packet.toString('utf8', 4).trim())
      else if (!isPack) {
        const [word, oid = ''] = packet.toString('utf8').trimEnd().split(' ')
        if (word === 'shallow') shallow.push(oid)
        isPack = word === 'packfile'
      }
    }
  } catch (error) {
    if (error instanceof RemoteError) throw error
    throw new RemoteError(`the remote broke off the clone (${String(error)})`, { cause: error })
  }
}
