import type { RefUpdate } from './head.ts'
import { isOid } from './object-id.ts'
import { PacketError, packetText, readPacket } from './pkt-line.ts'

/** `no-thin` makes every pack self-contained: it is checked and stored without reading the repository. */
export const RECEIVE_CAPABILITIES =
  'report-status delete-refs side-band-64k quiet atomic ofs-delta no-thin push-options object-format=sha1 agent=codenest'

/** Bytes of all commands and options of one push. */
const MAX_COMMANDS_BYTES = 8 * 1024 * 1024

export interface Push {
  updates: RefUpdate[]
  capabilities: Set<string>
}

/** Reads the commands of a push; what follows them in `body` is the pack. Throws a `PacketError`. */
export async function readCommands(body: AsyncIterator<Buffer>): Promise<{ push: Push; rest: Buffer }> {
  const updates: RefUpdate[] = []
  let capabilities: string[] = []
  let buffered: Buffer = Buffer.alloc(0)
  let at = 0
  let read = 0
  let flushes = 0
  for (;;) {
    const found = readPacket(buffered, at)
    if (!found) {
      const chunk = await body.next()
      if (chunk.done) throw new PacketError('the push ends in its commands')
      buffered = Buffer.concat([buffered.subarray(at), chunk.value])
      at = 0
      continue
    }
    read += found.next - at
    if (read > MAX_COMMANDS_BYTES) throw new PacketError('the push has too many commands')
    at = found.next
    if (found.packet === 'flush') {
      flushes += 1
      // Push options are a second list of packets; CodeNest has none and reads past them.
      if (flushes === 1 && capabilities.includes('push-options')) continue
      return { push: { updates, capabilities: new Set(capabilities) }, rest: buffered.subarray(at) }
    }
    if (!Buffer.isBuffer(found.packet)) throw new PacketError('unexpected packet')
    if (flushes > 0) continue
    const [command = '', listed] = packetText(found.packet).split('\0')
    if (listed !== undefined) {
      capabilities = listed.trim().split(' ')
      assertSha1(capabilities)
    }
    if (!command.startsWith('shallow ')) updates.push(readCommand(command))
  }
}

function readCommand(command: string): RefUpdate {
  const [old, next, ref] = [command.slice(0, 40), command.slice(41, 81), command.slice(82)]
  if (!isOid(old) || !isOid(next) || ref === '') throw new PacketError('a command of the push is malformed')
  // The report names the ref, and a name that is not the same there is not found by the client.
  if (ref.includes('\ufffd')) throw new PacketError('the name of a ref is not UTF-8')
  return { ref, old, new: next }
}

function assertSha1(capabilities: string[]): void {
  const format = capabilities.find((one) => one.startsWith('object-format='))
  if (format !== undefined && format !== 'object-format=sha1')
    throw new PacketError('this repository has SHA-1 object ids, and the push has others')
}
