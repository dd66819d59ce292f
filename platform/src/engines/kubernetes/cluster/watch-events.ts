import type { IncomingMessage } from 'node:http'
import { ClusterError } from './errors.ts'
import { parseEvent } from './wire.ts'
import type { WatchEvent } from './wire.ts'

/** Reads a watch to its end. A line that the connection cut off is left out: it comes again after a resume. */
export async function* readEvents(response: IncomingMessage): AsyncGenerator<WatchEvent> {
  let rest = ''
  response.setEncoding('utf8')
  const chunks = response[Symbol.asyncIterator]()
  for (;;) {
    const chunk = await chunks.next().catch((cause: unknown) => {
      throw new ClusterError('unreachable', null, { cause })
    })
    if (chunk.done === true) return
    const lines = (rest + String(chunk.value)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield parseEvent(line)
  }
}
