import { join } from 'node:path'
import { openBash } from '../tests/support/bash.ts'
import { openPage } from '../tests/support/page.ts'
import { temporaryFolder } from '../tests/support/shell.ts'
import { enterPreview } from '../tests/support/visit.ts'
import type { BenchOptions } from './main.ts'
import { APP, startHostApp, startNginx } from './proxy/peers.ts'
import { load } from './proxy/load.ts'
import type { Target } from './proxy/load.ts'
import { startPlatformProcess } from './support/platform-process.ts'
import { row } from './support/rows.ts'
import type { Row } from './support/rows.ts'
import { percentile } from './support/sampling.ts'

/** Milliseconds for each contender in each round. */
const SLICE = 1_500
const ROUNDS = 6
const CONNECTIONS = 16
const PORT = 3000

/** Requests through gateway and runner to an app in a sandbox, beside nginx in front of the same app. */
export async function bench({ say }: BenchOptions): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const { path: folder } = stack.use(await temporaryFolder())
  const app = stack.use(await startHostApp(folder))
  const nginx = await startNginx(folder, app.port).then(
    (started) => stack.use(started),
    (error: unknown) => {
      say(`Without nginx, which cannot be had here: ${String(error)}`)
      return null
    },
  )
  const platform = stack.use(await startPlatformProcess(join(folder, 'data')))
  const source = { template: 'static-site' }
  const { body } = await platform.api('POST', '/workspaces', { name: 'bench', source })
  const id = body['id'] as string
  await platform.until(id, 'running')
  using page = await openPage(platform, id)
  await page.save('bench-app.cjs', APP)
  const bash = await openBash(page)
  const open = page.event('ports.changed', (ports) => ports.some(({ port }) => port === PORT))
  await bash.type(`node bench-app.cjs ${PORT}`)
  await open
  const cookie = await enterPreview(platform, id, PORT)
  const targets: Record<string, Target> = {
    ours: {
      port: Number(new URL(platform.address).port),
      headers: `Host: ${PORT}--${id}.${new URL(platform.origin).host}\r\nCookie: ${cookie}\r\n`,
    },
    direct: { port: app.port, headers: 'Host: localhost\r\n' },
    ...(nginx && { nginx: { port: nginx.port, headers: 'Host: localhost\r\n' } }),
  }
  say('one request at a time…')
  const alone = await slices(targets, 1)
  say(`${CONNECTIONS} at a time…`)
  const together = await slices(targets, CONNECTIONS)
  const added = { ours: minus(alone['ours'], alone['direct']), nginx: minus(alone['nginx'], alone['direct']) }
  // Milliseconds for a thousand requests: less is more of them in a second.
  const thousand = (name: string): number[] =>
    (together[name] ?? []).map(({ count, elapsed }) => (1000 * elapsed) / count)
  const times = (name: string): number[] => (together[name] ?? []).flatMap((slice) => slice.times)
  return [
    row('time that a request takes longer than without', 'ms', added.ours, 'a millisecond', [1], 1),
    row('time that a request takes longer than without', 'ms', added.ours, 'nginx', added.nginx),
    row(`1,000 requests, ${CONNECTIONS} at a time`, 'ms', thousand('ours'), 'nginx', thousand('nginx'), 2),
    row(`one of ${CONNECTIONS} at a time`, 'ms', times('ours'), 'nginx', times('nginx')),
  ]
}

interface Slice {
  times: number[]
  count: number
  elapsed: number
}

/** Each contender for a while in turn, so that what else the machine does hits all alike. */
async function slices(
  targets: Record<string, Target>,
  connections: number,
): Promise<Record<string, Slice[]>> {
  const result: Record<string, Slice[]> = {}
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [name, target] of Object.entries(targets)) {
      const slice = await load(target, connections, SLICE)
      // The first one warms up.
      if (round > 0) (result[name] ??= []).push(slice)
    }
  return result
}

/** Medians of the slices, less those of the others in the same round. */
function minus(slices: Slice[] = [], others: Slice[] = []): number[] {
  return slices.map(({ times }, n) => percentile(times, 0.5) - percentile(others[n]?.times ?? [], 0.5))
}
