import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { withKeepalive } from './push-report.ts'

const push = { updates: [], capabilities: new Set(['side-band-64k']) }

it('keeps a long push alive, tells its failure in band, and ends when its client has gone', async () => {
  const ended: PromiseWithResolvers<unknown>[] = [Promise.withResolvers(), Promise.withResolvers()]
  let count = 0
  const server = createServer((incoming, response) => {
    const mine = ended[(count += 1) - 1]
    const gone = count === 2
    const work = async (): Promise<Buffer> => {
      if (gone) await once(response, 'close')
      else await once(incoming.resume(), 'end')
      throw new Error('the store is away')
    }
    withKeepalive(push, response, work, 5).catch((error: unknown) => mine?.resolve(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (const leave of [false, true]) {
    const sent = request({ port, host: '127.0.0.1', method: 'POST' })
    sent.on('error', () => {})
    sent.flushHeaders()
    const [response] = await once(sent, 'response')
    if (leave) sent.destroy()
    else sent.end()
    const said = await buffer(response).then(String, () => 'nobody reads')
    expect(said.slice(0, 5)).toBe(leave ? 'nobod' : '0005\u0002')
    expect(said).toContain(leave ? 'nobody' : 'the platform could not finish the push, try again\n0000')
    expect(await ended[leave ? 1 : 0]?.promise).toMatchObject({ message: 'the store is away' })
  }
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})
