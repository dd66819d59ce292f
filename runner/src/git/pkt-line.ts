/** Payload of one pkt-line, or one of the special packets. */
export type Packet = Buffer | 'flush' | 'delimiter' | 'end'

export const FLUSH = Buffer.from('0000')
export const DELIMITER = Buffer.from('0001')

export function pktLine(payload: string): Buffer {
  const data = Buffer.from(payload)
  return Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data])
}

/** A command of protocol version 2 for `git-upload-pack`, with its arguments, one a line. */
export function commandRequest(
  command: string,
  lines: string[],
): { service: 'git-upload-pack'; headers: Record<string, string>; body: Buffer } {
  const head = [`command=${command}\n`, 'agent=codenest-runner\n', 'object-format=sha1']
  const body = [...head.map(pktLine), DELIMITER, ...lines.map((line) => pktLine(`${line}\n`)), FLUSH]
  return {
    service: 'git-upload-pack',
    headers: { 'git-protocol': 'version=2' },
    body: Buffer.concat(body),
  }
}

/** Splits a complete stream into packets. Throws when it is cut off or is no pkt-line stream. */
export function* parsePackets(stream: Buffer): Generator<Packet> {
  let position = 0
  while (position < stream.length) {
    const length = Number.parseInt(stream.toString('latin1', position, position + 4), 16)
    if (length === 0 || length === 1 || length === 2) {
      yield (['flush', 'delimiter', 'end'] as const)[length]
      position += 4
      continue
    }
    if (!(length >= 4) || position + length > stream.length) throw new Error('malformed pkt-line stream')
    yield stream.subarray(position + 4, position + length)
    position += length
  }
}

/** Splits a stream into packets while it comes in. Throws when it is cut off or is no pkt-line stream. */
export async function* readPackets(stream: AsyncIterable<Buffer>): AsyncGenerator<Packet> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = endOfPackets(rest)
    yield* parsePackets(rest.subarray(0, end))
    rest = rest.subarray(end)
  }
  if (rest.length > 0) throw new Error('malformed pkt-line stream')
}

/** Where the first packet begins of which not everything is there yet. */
function endOfPackets(stream: Buffer): number {
  let position = 0
  while (position + 4 <= stream.length) {
    const length = Number.parseInt(stream.toString('latin1', position, position + 4), 16)
    // What is no length is for the parser to complain of.
    const next = position + (length >= 4 ? length : 4)
    if (next > stream.length) break
    position = next
  }
  return position
}

/** Takes band 1 out of a side-band-64k stream; throws what the remote said on band 3. */
export function demultiplex(stream: Buffer): Buffer {
  const data: Buffer[] = []
  for (const packet of parsePackets(stream)) {
    if (typeof packet === 'string') continue
    if (packet[0] === 1) data.push(packet.subarray(1))
    if (packet[0] === 3) throw new Error(packet.toString('utf8', 1).trim())
  }
  return Buffer.concat(data)
}
