import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCeph } from '../../tests/support/ceph.ts'
import { hasCeph } from '../../tests/support/found.ts'
import { stockGit } from '../../tests/support/shell.ts'
import { makeManyRefs, makeSource } from '../support/repositories.ts'
import type { Source } from '../support/repositories.ts'
import { keptAlive, postPush } from '../support/direct-push.ts'
import type { OurServerOptions } from '../support/our-server.ts'
import { startServer } from '../support/server-process.ts'
import type { ServerProcess } from '../support/server-process.ts'
import type { StockServerOptions } from '../support/stock-server.ts'

export const STOCK = 'git http-backend'
export const SIZES = [10, 10_000, 50_000] as const
export const PUSH_ROUNDS = { count: 24, warmUp: 3 }
export const ISOMORPHIC_ROUNDS = { count: 3, warmUp: 1 }
export const POST_ROUNDS = { count: 40, warmUp: 5 }
export const CONCURRENT_ROUNDS = { count: 8, warmUp: 1 }
export const PUSHERS = 16
export const MANY_REFS = 10_000

/** The servers under test, each with the same repositories, and what to push into them. */
export interface Contenders extends AsyncDisposable {
  disk: ServerProcess
  /** null when Ceph is not installed. */
  s3: ServerProcess | null
  stock: ServerProcess
  sources: Source[]
  /** On disk, for what a bench makes. */
  folder: string
  /** In memory when the machine has such a file system: a clone should not measure the client's disk. */
  scratch: string
}

export type ServerName = 'disk' | 's3' | 'stock'

/** The servers by name, without those that are not there. */
export function serversOf({ disk, s3, stock }: Contenders): [ServerName, ServerProcess][] {
  return [['disk', disk], ...(s3 ? [['s3', s3] as [ServerName, ServerProcess]] : []), ['stock', stock]]
}

export function repositoryOf(files: number): string {
  return `files-${files}`
}

/** The server over the disk store, as any bench may start one for itself. */
export async function startOurs(folder: string, repositories: string[]): Promise<ServerProcess> {
  await mkdir(folder, { recursive: true })
  const options: OurServerOptions = { folder, s3: null, repositories }
  return startServer('our-server.ts', options)
}

export async function startStock(folder: string, repositories: string[]): Promise<ServerProcess> {
  await mkdir(folder, { recursive: true })
  const options: StockServerOptions = { folder, repositories }
  return startServer('stock-server.ts', options)
}

export async function startContenders(folder: string, say: (text: string) => void): Promise<Contenders> {
  await using stack = new AsyncDisposableStack()
  say('making repositories…')
  const sources: Source[] = []
  for (const files of SIZES) sources.push(await makeSource(folder, files, chainsOf(files)))
  const manyRefs = await makeManyRefs(folder, MANY_REFS)
  say('starting servers…')
  const repositories = [...SIZES.map(repositoryOf), 'refs']
  const disk = stack.use(await startOurs(join(folder, 'disk'), repositories))
  const s3 = await startOverS3(join(folder, 's3'), repositories, stack, say)
  const stock = stack.use(await startStock(join(folder, 'stock'), repositories))
  say('filling them…')
  using connection = keptAlive()
  for (const server of [disk, s3, stock]) {
    if (!server) continue
    for (const { path, files } of sources)
      await stockGit(path, 'push', '-q', server.url(repositoryOf(files)), 'main')
    await postPush(connection.agent, server.url('refs'), manyRefs)
  }
  const inMemory = await stat('/dev/shm').catch(() => null)
  const scratch = await mkdtemp(join(inMemory?.isDirectory() ? '/dev/shm' : tmpdir(), 'cn-'))
  stack.defer(() => rm(scratch, { recursive: true, force: true }))
  const cleanup = stack.move()
  return { disk, s3, stock, sources, folder, scratch, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

async function startOverS3(
  folder: string,
  repositories: string[],
  stack: AsyncDisposableStack,
  say: (text: string) => void,
): Promise<ServerProcess | null> {
  if (!(await hasCeph())) {
    say('Without rows over S3: install radosgw, ceph-mon, ceph-osd and ceph-common for them.')
    return null
  }
  const ceph = stack.use(await startCeph())
  await mkdir(folder, { recursive: true })
  const options: OurServerOptions = { folder, s3: ceph.options, repositories }
  return stack.use(await startServer('our-server.ts', options))
}

/** What each source has ready to be pushed. */
function chainsOf(files: number): Record<string, number> {
  const total = ({ count, warmUp }: { count: number; warmUp: number }): number => count + warmUp
  const pushers = Array.from({ length: PUSHERS }, (_, n) => [`pusher-${n}`, total(CONCURRENT_ROUNDS)])
  return {
    push: total(PUSH_ROUNDS),
    isomorphic: total(ISOMORPHIC_ROUNDS),
    post: total(POST_ROUNDS),
    ...(files === 10_000 ? (Object.fromEntries(pushers) as Record<string, number>) : {}),
  }
}
