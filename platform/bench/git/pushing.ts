import fs from 'node:fs'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { stockGit } from '../../tests/support/shell.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { interleave } from '../support/sampling.ts'
import type { Work } from '../support/sampling.ts'
import {
  CONCURRENT_ROUNDS,
  ISOMORPHIC_ROUNDS,
  PUSH_ROUNDS,
  PUSHERS,
  repositoryOf,
  serversOf,
  SIZES,
  STOCK,
} from './contenders.ts'
import type { Contenders, ServerName } from './contenders.ts'
import type { Source } from '../support/repositories.ts'
import type { ServerProcess } from '../support/server-process.ts'

const ISOMORPHIC = 'isomorphic-git to http-backend'

/** One-line commits, one after the other. They are made beforehand. */
export async function pushing(contenders: Contenders): Promise<Row[]> {
  const pushes: Record<string, Work> = {}
  for (const source of contenders.sources)
    for (const [name, server] of serversOf(contenders))
      pushes[`${name} ${source.files}`] = (round) =>
        push(source, server, commitOf(source, 'push', round), 'main')
  const samples = await interleave(PUSH_ROUNDS, pushes)
  const rows: Row[] = []
  for (const files of SIZES) {
    const [disk = [], s3 = [], stock = []] = ['disk', 's3', 'stock'].map(
      (name) => samples[`${name} ${files}`],
    )
    rows.push(row(`push, ${files} files`, 'ms', disk, STOCK, stock, 0.8))
    if (contenders.s3) rows.push(row(`push, ${files} files, S3`, 'ms', s3, STOCK, stock))
  }
  const [large = [], small = []] = [samples['disk 50000'], samples['disk 10']]
  rows.push(row('push, 50000 files', 'ms', large, 'ours, 10 files', small, 1.2))
  return rows
}

/** The same by isomorphic-git. It is slow in a large repository, so it has few rounds of its own. */
export async function isomorphicPushing(contenders: Contenders): Promise<Row[]> {
  const rows: Row[] = []
  for (const source of contenders.sources) {
    const samples = await interleave(ISOMORPHIC_ROUNDS, {
      ours: (round) => push(source, contenders.disk, commitOf(source, 'isomorphic', round), 'isomorphic'),
      theirs: pushIsomorphic(contenders, source),
    })
    rows.push(row(`push, ${source.files} files`, 'ms', samples.ours, ISOMORPHIC, samples.theirs))
  }
  return rows
}

/** Sixteen clients at once, each to a branch of its own: the time until the last is done. */
export async function concurrentPushing(contenders: Contenders): Promise<Row[]> {
  const source = contenders.sources.find(({ files }) => files === 10_000)
  if (!source) return []
  const pushes: Partial<Record<ServerName, Work>> = {}
  for (const [name, server] of serversOf(contenders))
    pushes[name] = async (round) => {
      const one = async (pusher: number): Promise<void> => {
        await push(source, server, commitOf(source, `pusher-${pusher}`, round), `pusher-${pusher}`)
      }
      await Promise.all(Array.from({ length: PUSHERS }, (_, pusher) => one(pusher)))
    }
  const samples = await interleave(CONCURRENT_ROUNDS, pushes as Record<ServerName, Work>)
  const what = `${PUSHERS} concurrent pushes, all done`
  return [
    row(what, 'ms', samples.disk, STOCK, samples.stock),
    ...(contenders.s3 ? [row(`${what}, S3`, 'ms', samples.s3, STOCK, samples.stock)] : []),
  ]
}

async function push(source: Source, server: ServerProcess, commit: string, branch: string): Promise<void> {
  const url = server.url(repositoryOf(source.files))
  await stockGit(source.path, 'push', '-q', url, `${commit}:refs/heads/${branch}`)
}

export function commitOf(source: Source, chain: string, round: number): string {
  const commit = source.chains.get(chain)?.[round]
  if (commit === undefined) throw new Error(`no commit ${round} of ${chain}`)
  return commit
}

/** It pushes branches only, so the commit becomes one first, untimed as the other commits are. */
function pushIsomorphic({ stock }: Contenders, source: Source): Work {
  const repository = { fs, gitdir: source.path }
  return async (round) => {
    fs.mkdirSync(`${source.path}/refs/heads`, { recursive: true })
    fs.writeFileSync(`${source.path}/refs/heads/isomorphic`, `${commitOf(source, 'isomorphic', round)}\n`)
    const { ok, error } = await git.push({
      ...repository,
      http,
      url: stock.url(repositoryOf(source.files)),
      ref: 'isomorphic',
      remoteRef: 'refs/heads/isomorphic',
    })
    if (!ok) throw new Error(`isomorphic-git: ${String(error)}`)
  }
}
