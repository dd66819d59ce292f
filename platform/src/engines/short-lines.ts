import type { Readable } from 'node:stream'

/** UTF-16 units of the longest line that is read. */
const LONGEST = 64 * 1024

/**
 * The lines of a stream. A workspace's programs can write to whatever its runner writes to: of a line that is longer
 * than any of a runner's nothing is kept, and it is left out.
 */
export async function* shortLines(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  let begun: string | null = ''
  for await (const chunk of stream as AsyncIterable<string>) {
    const [first = '', ...others] = chunk.split('\n')
    begun = extend(begun, first)
    for (const next of others) {
      if (begun !== null) yield begun
      begun = extend('', next)
    }
  }
  if (begun) yield begun
}

function extend(begun: string | null, by: string): string | null {
  return begun === null || begun.length + by.length > LONGEST ? null : begun + by
}
