import { keptAlive, packOf, postPush, pushBody, ZERO_OID } from '../support/direct-push.ts'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import type { Source } from '../support/repositories.ts'
import { interleave } from '../support/sampling.ts'
import type { Work } from '../support/sampling.ts'
import { POST_ROUNDS, repositoryOf, serversOf, STOCK } from './contenders.ts'
import type { Contenders } from './contenders.ts'
import { commitOf } from './pushing.ts'

/** A save as the runner sends it: one POST of a ready pack of five objects, over a connection that is kept open. */
export async function posting(contenders: Contenders): Promise<Row[]> {
  using connection = keptAlive()
  const posts: Record<string, Work> = {}
  const sizes = [10, 50_000]
  for (const source of contenders.sources.filter(({ files }) => sizes.includes(files))) {
    const bodies = await makeBodies(source)
    for (const [name, server] of serversOf(contenders))
      posts[`${name} ${source.files}`] = (round) =>
        postPush(connection.agent, server.url(repositoryOf(source.files)), bodies[round] ?? Buffer.alloc(0))
  }
  const samples = await interleave(POST_ROUNDS, posts)
  const rows: Row[] = []
  for (const files of sizes) {
    const [disk = [], s3 = [], stock = []] = ['disk', 's3', 'stock'].map(
      (name) => samples[`${name} ${files}`],
    )
    const what = `one POST of five objects, ${files} files`
    rows.push(row(what, 'ms', disk, STOCK, stock, 0.25))
    if (contenders.s3) rows.push(row(`${what}, S3`, 'ms', s3, STOCK, stock))
  }
  const [large = [], small = []] = [samples['disk 50000'], samples['disk 10']]
  rows.push(row('one POST of five objects, 50000 files', 'ms', large, 'ours, 10 files', small, 1.2))
  return rows
}

/** One request for each round, each on top of the one before. */
async function makeBodies(source: Source): Promise<Buffer[]> {
  const bodies: Buffer[] = []
  let old = ZERO_OID
  for (let round = 0; round < POST_ROUNDS.warmUp + POST_ROUNDS.count; round += 1) {
    const commit = commitOf(source, 'post', round)
    const pack = await packOf(source.path, `${commit}\n^${commit}~1\n`)
    if (pack.readUInt32BE(8) !== 5) throw new Error('not a pack of five objects')
    bodies.push(pushBody([{ ref: 'refs/heads/post', old, new: commit }], pack))
    old = commit
  }
  return bodies
}
