import fs from 'node:fs'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { stockGit } from '../../tests/support/shell.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { interleave } from '../support/sampling.ts'
import type { Samples, Work } from '../support/sampling.ts'
import {
  CONCURRENT_ROUNDS,
  PUSH_ROUNDS,
  PUSHERS,
  repositoryOf,
  serversOf,
  SIZES,
  STOCK,
} from './contenders.ts'
import type { Contenders, ServerName } from './contenders.ts'
import type { Source } from '../support/repositories.ts'

const ISOMORPHIC = 'isomorphic-git to git http-backend'

/** One-line commits, one after the other, by stock git and by isomorphic-git. The commits are made beforehand. */
export async function pushing(contenders: Contenders): Promise<Row[]> {
  const rows: Row[] = []
  const ours = new Map<number, Samples>()
  const pushes: Record<string, Work> = {}
  for (const source of contenders.sources) {
    for (const [name, server] of serversOf(contenders))
      pushes[`${name} ${source.files}`] = async (round) => {
        const commit = commitOf(source, 'push', round)
        await stockGit(
          source.path,
          'push',
          '-q',
          server.url(repositoryOf(source.files)),
          `${commit}:refs/heads/main`,
        )
      }
    pushes[`isomorphic ${source.files}`] = pushIsomorphic(contenders, source)
  }
  const samples = await interleave(PUSH_ROUNDS, pushes)
  const of = (name: string, files: number): Samples => samples[`${name} ${files}`] ?? []
  for (const files of SIZES) {
    ours.set(files, of('disk', files))
    rows.push(row(`push, ${files} files`, 'ms', of('disk', files), STOCK, of('stock', files), 0.8))
    if (contenders.s3)
      rows.push(row(`push, ${files} files, S3`, 'ms', of('s3', files), STOCK, of('stock', files)))
    rows.push(row(`push, ${files} files`, 'ms', of('disk', files), ISOMORPHIC, of('isomorphic', files)))
  }
  rows.push(row('push, 50000 files', 'ms', of('disk', 50_000), 'ours, 10 files', of('disk', 10), 1.2))
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
        const commit = commitOf(source, `pusher-${pusher}`, round)
        const url = server.url(repositoryOf(source.files))
        await stockGit(source.path, 'push', '-q', url, `${commit}:refs/heads/pusher-${pusher}`)
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
