import type { Readable } from 'node:stream'

/** Bytes; a line above it is of a file that nobody reads line by line. */
const LONGEST = 1024 * 1024
const NEWLINE = 10

/** Lines of a stream of UTF-8. Those that are too long for the memory are told and left out. */
export async function* splitLines(stream: Readable, onTooLong?: () => void): AsyncIterable<string> {
  let pieces: Buffer[] = []
  let length = 0
  const take = (piece: Buffer): void => {
    length += piece.length
    if (length <= LONGEST) pieces.push(piece)
    else pieces = []
  }
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      take(chunk.subarray(start, end))
      if (length <= LONGEST) yield Buffer.concat(pieces).toString('utf8')
      else onTooLong?.()
      start = end + 1
      pieces = []
      length = 0
    }
    take(chunk.subarray(start))
  }
}
