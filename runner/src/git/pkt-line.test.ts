import { expect, test } from 'vitest'

import { demultiplex, DELIMITER, FLUSH, parsePackets, pktLine } from './pkt-line.ts'

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
