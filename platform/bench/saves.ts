import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startCeph } from '../tests/support/ceph.ts'
import { hasCeph } from '../tests/support/found.ts'
import { stockGit, temporaryFolder } from '../tests/support/shell.ts'
import { S3ObjectStore } from '../src/store/s3-object-store.ts'
import type { BenchOptions } from './main.ts'
import { floor, isomorphicSaving, stockSaving } from './saves/peers.ts'
import { openBenchWorkspace, passTime, startBenchPlatform } from './saves/workspaces.ts'
import type { BenchWorkspace } from './saves/workspaces.ts'
import { makeSource } from './support/repositories.ts'
import { row } from './support/rows.ts'
import type { Row } from './support/rows.ts'
import { interleave } from './support/sampling.ts'
import type { Work } from './support/sampling.ts'
import { startServer } from './support/server-process.ts'

const SIZES = [10, 10_000, 50_000]
const ROUNDS = { count: 30, warmUp: 5 }
/** isomorphic-git takes seconds for one. */
const ISOMORPHIC_ROUNDS = { count: 3, warmUp: 1 }
const BURSTS = { count: 5, warmUp: 1 }
const STOCK = 'git commit -a && git push'
const IDLE_MS = 5_000

/** From the save in the page until it is durable in the store, beside the same by hand with git. */
export async function bench({ only, say }: BenchOptions): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  say('making repositories…')
  const upstream = join(folder, 'upstream')
  await mkdir(upstream)
  const server = stack.use(
    await startServer('stock-server.ts', {
      folder: upstream,
      repositories: SIZES.map((files) => `r${files}`),
    }),
  )
  for (const files of SIZES) {
    const { path } = await makeSource(folder, files, {})
    await stockGit(path, 'push', '-q', server.url(`r${files}`), 'main')
  }
  const disk = stack.use(await startBenchPlatform(join(folder, 'disk')))
  const ceph = (await hasCeph()) ? stack.use(await startCeph()) : null
  if (!ceph) say('Without rows over S3: install radosgw, ceph-mon, ceph-osd and ceph-common for them.')
  const store = ceph && (await S3ObjectStore.open(ceph.options))
  const s3 = store && stack.use(await startBenchPlatform(join(folder, 's3'), store))
  const base = stack.use(await floor(folder))
  const rows: Row[] = []
  const ours = new Map<number, number[]>()
  const open = new Map<number, BenchWorkspace>()
  for (const files of SIZES) {
    if (!String(files).includes(only)) continue
    say(`${files} files…`)
    const url = server.url(`r${files}`)
    const workspace = stack.use(await openBenchWorkspace(disk, `disk-${files}`, url))
    open.set(files, workspace)
    const contenders: Record<string, Work> = {
      ours: () => workspace.save(),
      stock: await stockSaving(join(folder, `stock-${files}`), url),
      floor: base.work,
    }
    const overS3 = s3 && stack.use(await openBenchWorkspace(s3, `s3-${files}`, url))
    if (overS3) contenders['s3'] = () => overS3.save()
    if (store) contenders['puts'] = (round) => twoPuts(store, `${files}-${round}`)
    const times = await interleave(ROUNDS, contenders)
    const isomorphic = await interleave(ISOMORPHIC_ROUNDS, {
      theirs: await isomorphicSaving(join(folder, `isomorphic-${files}`), url),
    })
    const mine = times['ours'] ?? []
    ours.set(files, mine)
    const what = `save until durable, ${files} files`
    rows.push(row(what, 'ms', mine, STOCK, times['stock'] ?? [], 0.15))
    rows.push(row(what, 'ms', mine, 'isomorphic-git add, commit, push', isomorphic.theirs))
    rows.push(row(what, 'ms', mine, 'the floor', times['floor'] ?? []))
    if (overS3) {
      const puts = (times['puts'] ?? []).map((time) => time + 15)
      rows.push(row(`${what}, S3`, 'ms', times['s3'] ?? [], 'two puts + 15 ms', puts, 1))
    }
    rows.push(
      row(`request until ready, ${files} files`, 'ms', [workspace.opened], 'checkout of git clone', [
        await timeClone(folder, url),
      ]),
    )
  }
  const [small, large] = [ours.get(10), ours.get(50_000)]
  if (small && large) rows.push(row('save, 50000 files', 'ms', large, 'ours, 10 files', small, 1.2))
  const [some] = open.values()
  if (some) rows.push(...(await burstAndIdle(some, say)))
  return rows
}

async function burstAndIdle(workspace: BenchWorkspace, say: (text: string) => void): Promise<Row[]> {
  say('bursts…')
  const bursts: number[] = []
  for (let n = 0; n < BURSTS.count + BURSTS.warmUp; n += 1) {
    const time = await workspace.burst(100, 10)
    if (n >= BURSTS.warmUp) bursts.push(time)
  }
  say('idle…')
  await passTime(IDLE_MS)
  const before = await workspace.cpu()
  await passTime(IDLE_MS)
  const used = (await workspace.cpu()) - before
  return [
    row('100 saves in a second: last one until all durable', 'ms', bursts, 'half a second', [500], 1),
    row('processor time of an idle runner', 'ms', [used], `${IDLE_MS / 1000} s`, [IDLE_MS], 0.005),
  ]
}

/** What the store itself takes for what a push cannot do without: pack, then head. */
async function twoPuts(store: S3ObjectStore, name: string): Promise<void> {
  await store.putIfAbsent(`bench/${name}/pack`, Buffer.alloc(1000))
  await store.putIfAbsent(`bench/${name}/head`, Buffer.alloc(2000))
}

async function timeClone(folder: string, url: string): Promise<number> {
  const begin = performance.now()
  await stockGit(folder, 'clone', '-q', url, join(folder, `clone-${begin}`))
  return performance.now() - begin
}
