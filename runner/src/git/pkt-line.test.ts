import { expect, test } from 'vitest'

import { demultiplex, DELIMITER, FLUSH, parsePackets, pktLine, readPackets } from './pkt-line.ts'

test('packets are written and read', () => {
  const stream = Buffer.concat([pktLine('ü\n'), DELIMITER, pktLine(''), FLUSH])
  expect([...parsePackets(stream)]).toEqual([Buffer.from('ü\n'), 'delimiter', Buffer.alloc(0), 'flush'])
})

test.each(['0009ab', 'zzzz', '0003'])('a stream that is cut off or no stream is refused: %s', (text) => {
  expect(() => [...parsePackets(Buffer.from(text))]).toThrow('malformed')
})

test('the bands of a report are taken apart', () => {
  const stream = Buffer.concat([pktLine('\x02progress'), pktLine('\x01one '), pktLine('\x01two'), FLUSH])
  expect(demultiplex(stream).toString()).toBe('one two')
  expect(() => demultiplex(pktLine('\x03out of disk'))).toThrow('out of disk')
})

test('packets are the same however their stream is cut', async () => {
  const stream = Buffer.concat([pktLine('ü\n'), DELIMITER, pktLine('x'.repeat(300)), FLUSH])
  for (let size = 1; size < 12; size++) {
    const packets = await Array.fromAsync(readPackets(cut(stream, size)))
    expect(packets).toEqual([...parsePackets(stream)])
  }
})

test.each(['0009ab', 'zzzz', '0003', '00'])('a stream that ends too early is refused: %s', async (text) => {
  await expect(Array.fromAsync(readPackets(cut(Buffer.from(text), 1)))).rejects.toThrow('malformed')
})

async function* cut(stream: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < stream.length; at += size) yield stream.subarray(at, at + size)
}
