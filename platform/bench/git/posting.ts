import { Agent, request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { row } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import type { Source } from '../support/repositories.ts'
import { interleave } from '../support/sampling.ts'
import type { Work } from '../support/sampling.ts'
import { POST_ROUNDS, repositoryOf, serversOf, STOCK } from './contenders.ts'
import type { Contenders } from './contenders.ts'
import { commitOf } from './pushing.ts'

const ZERO_OID = '0'.repeat(40)

/** A save as the runner sends it: one POST of a ready pack of five objects, over a connection that is kept open. */
export async function posting(contenders: Contenders): Promise<Row[]> {
  using agent = keepAlive()
  const posts: Record<string, Work> = {}
  const sizes = [10, 50_000]
  for (const source of contenders.sources.filter(({ files }) => sizes.includes(files))) {
    const bodies = await makeBodies(source)
    for (const [name, server] of serversOf(contenders))
      posts[`${name} ${source.files}`] = (round) =>
        post(agent.agent, server.url(repositoryOf(source.files)), bodies[round] ?? Buffer.alloc(0))
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
    const command = `${old} ${commit} refs/heads/post\0 report-status atomic ofs-delta agent=bench\n`
    const length = (command.length + 4).toString(16).padStart(4, '0')
    bodies.push(Buffer.concat([Buffer.from(`${length}${command}0000`), pack]))
    old = commit
  }
  return bodies
}

async function packOf(gitDir: string, revisions: string): Promise<Buffer> {
  const child = spawn('git', ['pack-objects', '--revs', '--stdout', '-q'], {
    env: {
      PATH: process.env['PATH'],
      GIT_DIR: gitDir,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(revisions)
  return buffer(child.stdout)
}

async function post(agent: Agent, url: string, body: Buffer): Promise<void> {
  const sent = request(`${url}/git-receive-pack`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/x-git-receive-pack-request', 'content-length': body.length },
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const report = (await buffer(response)).toString()
  if (!report.includes('unpack ok') || !report.includes('ok refs/heads/post'))
    throw new Error(`refused: ${response.statusCode} ${report}`)
}

function keepAlive(): { agent: Agent } & Disposable {
  const agent = new Agent({ keepAlive: true })
  return { agent, [Symbol.dispose]: () => agent.destroy() }
}
