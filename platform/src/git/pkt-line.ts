/** Git's packet lines: four hex digits of length (themselves included), then the payload. */

export const FLUSH = Buffer.from('0000')
/** Most bytes of payload in one packet. */
const MAX_PAYLOAD = 65_516

export type Packet = Buffer | 'flush' | 'delimiter' | 'response-end'

export class PacketError extends Error {
  override name = 'PacketError'
}

export function packet(payload: string | Uint8Array): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  if (bytes.length > MAX_PAYLOAD) throw new PacketError('packet too long')
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

/** A packet of text as text: thousands of them are joined into one buffer. */
export function packetLine(text: string): string {
  const length = Buffer.byteLength(text)
  if (length > MAX_PAYLOAD) throw new PacketError('packet too long')
  return (length + 4).toString(16).padStart(4, '0') + text
}

/** Splits data over as many packets of one side band as it needs (1 data, 2 progress, 3 fatal error). */
export function sideBand(band: 1 | 2 | 3, data: string | Uint8Array): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)
  const packets: Buffer[] = []
  for (let at = 0; at < bytes.length; at += MAX_PAYLOAD - 1)
    packets.push(packet(Buffer.concat([Buffer.of(band), bytes.subarray(at, at + MAX_PAYLOAD - 1)])))
  return Buffer.concat(packets)
}

/**
 * One packet from `data` at `offset`; null when it is not all there yet.
 * Throws a `PacketError` on a length that is none.
 */
export function readPacket(data: Buffer, offset: number): { packet: Packet; next: number } | null {
  if (data.length < offset + 4) return null
  const digits = data.toString('latin1', offset, offset + 4)
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new PacketError('bad packet length')
  const length = Number.parseInt(digits, 16)
  if (length === 0) return { packet: 'flush', next: offset + 4 }
  if (length === 1) return { packet: 'delimiter', next: offset + 4 }
  if (length === 2) return { packet: 'response-end', next: offset + 4 }
  if (length < 4) throw new PacketError('bad packet length')
  if (data.length < offset + length) return null
  return { packet: data.subarray(offset + 4, offset + length), next: offset + length }
}

/** A packet's text without its optional newline. */
export function packetText(payload: Buffer): string {
  const text = payload.toString()
  return text.endsWith('\n') ? text.slice(0, -1) : text
}
