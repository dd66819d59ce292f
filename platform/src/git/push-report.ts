import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { FLUSH, packet, sideBand } from './pkt-line.ts'
import type { Push } from './receive-commands.ts'

/** Milliseconds; clients take a server that is silent for long for dead. */
const KEEPALIVE_INTERVAL = 5000
/** An empty packet of the progress band. */
const KEEPALIVE = Buffer.from('0005\x02', 'latin1')
/** Bytes of a reason: it has to fit into one packet with its ref. */
const MAX_REASON = 1000

/**
 * What the client is told: how unpacking went, and each ref's fate (null or missing in `refused` is fine). `message`
 * is shown by its git as `remote: …`.
 */
export function report(
  push: Push,
  unpack: string,
  refused: Map<string, string | null>,
  message = '',
): Buffer {
  const lines = [packet(`unpack ${oneLine(unpack)}\n`)]
  for (const { ref } of push.updates) {
    const reason = refused.get(ref) ?? null
    lines.push(packet(reason === null ? `ok ${ref}\n` : `ng ${ref} ${oneLine(reason)}\n`))
  }
  const status = Buffer.concat([...lines, FLUSH])
  if (!push.capabilities.has('report-status')) return Buffer.alloc(0)
  if (!push.capabilities.has('side-band-64k')) return status
  return Buffer.concat([...(message === '' ? [] : [sideBand(2, message)]), sideBand(1, status), FLUSH])
}

/**
 * Writes keep-alives while a push that takes long is worked on, so that its answer still finds somebody. From the
 * first one on the status is 200, and an error can only be told in band.
 */
export async function withKeepalive(
  push: Push,
  response: ServerResponse,
  work: () => Promise<Buffer>,
  interval = KEEPALIVE_INTERVAL,
): Promise<void> {
  const timer = push.capabilities.has('side-band-64k')
    ? setInterval(() => response.write(KEEPALIVE), interval)
    : undefined
  try {
    response.end(await work())
  } catch (error) {
    if (!response.headersSent) throw error
    const said = Buffer.concat([sideBand(3, 'the platform could not finish the push, try again\n'), FLUSH])
    await ended(response, said)
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** Resolves also when the client has gone: then what is said is never sent. */
async function ended(response: ServerResponse, said: Buffer): Promise<void> {
  if (response.destroyed) return
  const closed = once(response, 'close')
  response.end(said)
  await closed
}

function oneLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, MAX_REASON)
}
