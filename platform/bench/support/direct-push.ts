import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface RefUpdate {
  ref: string
  old: string
  new: string
}

export const ZERO_OID = '0'.repeat(40)

/** A push as one body, as the runner sends it. */
export function pushBody(updates: RefUpdate[], pack: Buffer): Buffer {
  const commands = updates.map(({ ref, old, new: to }, n) => {
    const capabilities = n === 0 ? '\0 report-status atomic ofs-delta agent=bench' : ''
    const command = `${old} ${to} ${ref}${capabilities}\n`
    return (command.length + 4).toString(16).padStart(4, '0') + command
  })
  return Buffer.concat([Buffer.from(`${commands.join('')}0000`), pack])
}

/** One POST to a repository's `git-receive-pack`. Throws unless everything was accepted. */
export async function postPush(agent: Agent, url: string, body: Buffer): Promise<void> {
  const sent = request(`${url}/git-receive-pack`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/x-git-receive-pack-request', 'content-length': body.length },
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const report = (await buffer(response)).toString()
  if (!report.includes('unpack ok') || !report.includes('ok refs/') || report.includes('ng refs/'))
    throw new Error(`refused: ${response.statusCode} ${report.slice(0, 300)}`)
}

/** A self-contained pack of what `revisions` name, one to a line. */
export async function packOf(gitDir: string, revisions: string): Promise<Buffer> {
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

export function keptAlive(): { agent: Agent } & Disposable {
  const agent = new Agent({ keepAlive: true })
  return { agent, [Symbol.dispose]: () => agent.destroy() }
}
