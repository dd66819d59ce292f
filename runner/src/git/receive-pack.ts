import { demultiplex, FLUSH, parsePackets, pktLine } from './pkt-line.ts'
import { RemoteError } from './remote.ts'
import type { Remote } from './remote.ts'

export interface RefUpdate {
  ref: string
  /** `ZERO_OID` when the remote has no such ref. */
  old: string
  /** `ZERO_OID` deletes. */
  new: string
}

/** What the remote reported: null for a ref it moved, else its reason. */
export type PushReport = Map<string, string | null>

const CAPABILITIES = 'report-status side-band-64k atomic ofs-delta agent=codenest-runner'

/**
 * One push in one request: the runner knows what the remote has, so the advertisement is not asked for.
 * `pack` is null when there are only deletions. Throws `RemoteError`; after that the refs may or may not have moved.
 */
export async function pushRefs(
  remote: Remote,
  updates: RefUpdate[],
  pack: Buffer | AsyncIterable<Buffer> | null,
  signal?: AbortSignal,
): Promise<PushReport> {
  const commands = updates.map((update, index) =>
    pktLine(`${update.old} ${update.new} ${update.ref}${index === 0 ? `\0 ${CAPABILITIES}` : ''}\n`),
  )
  const head = Buffer.concat([...commands, FLUSH])
  const body =
    pack === null || Buffer.isBuffer(pack)
      ? Buffer.concat([head, pack ?? Buffer.alloc(0)])
      : chain(head, pack)
  const answer = await remote.post({ service: 'git-receive-pack', body, signal })
  return readReport(answer)
}

function readReport(answer: Buffer): PushReport {
  let lines: string[]
  try {
    lines = [...parsePackets(demultiplex(answer))]
      .filter((packet) => typeof packet !== 'string')
      .map((packet) => packet.toString('utf8').trimEnd())
  } catch (error) {
    throw new RemoteError(`the remote broke off the push (${String(error)})`, { cause: error })
  }
  const [unpack = '', ...results] = lines
  if (unpack !== 'unpack ok') {
    throw new RemoteError(
      `the remote could not store the objects (${unpack.replace('unpack ', '') || 'no report'})`,
      { objectsRefused: unpack.startsWith('unpack ') },
    )
  }
  return new Map(results.map(readResult))
}

function readResult(line: string): [string, string | null] {
  const [result = '', ref = '', ...reason] = line.split(' ')
  return [ref, result === 'ok' ? null : reason.join(' ') || 'refused']
}

async function* chain(head: Buffer, pack: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  yield head
  yield* pack
}
