import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { deflateSync } from 'node:zlib'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { stockGit } from '../../tests/support/shell.ts'
import type { Work } from '../support/sampling.ts'
import { EDITED } from './workspaces.ts'

const AUTHOR = { name: 'Ada', email: 'ada@example.com' }

/** `git commit -a` and `git push`, in a clone. */
export async function stockSaving(folder: string, url: string): Promise<Work> {
  const clone = await cloneTo(folder, url)
  return async (round) => {
    await writeFile(join(clone, EDITED), `export const value = ${round}\n`)
    await stockGit(clone, 'commit', '-qam', 'Save')
    await stockGit(clone, 'push', '-q', 'origin', 'HEAD:refs/heads/saves')
  }
}

/** isomorphic-git's add, commit and push, in a clone. */
export async function isomorphicSaving(folder: string, url: string): Promise<Work> {
  const dir = await cloneTo(folder, url)
  return async (round) => {
    await writeFile(join(dir, EDITED), `export const value = ${round}\n`)
    await git.add({ fs, dir, filepath: EDITED })
    await git.commit({ fs, dir, message: 'Save', author: AUTHOR })
    await git.push({
      fs,
      http,
      dir,
      remote: 'origin',
      ref: 'main',
      remoteRef: 'refs/heads/isomorphic',
      force: true,
    })
  }
}

/** What no save can do without: hash, deflate, one append with its sync, one round trip on the loopback. */
export async function floor(folder: string): Promise<{ work: Work } & AsyncDisposable> {
  const server = createServer((incoming, response) => incoming.resume().once('end', () => response.end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const file = await open(join(folder, 'floor'), 'a')
  return {
    async work(round) {
      const content = Buffer.from(`export const value = ${round}\n`)
      createHash('sha1').update(content).digest()
      await file.appendFile(deflateSync(content))
      await file.datasync()
      const sent = request({ port, host: '127.0.0.1', method: 'POST' }).end(content)
      const [answer] = (await once(sent, 'response')) as [NodeJS.ReadableStream]
      await once(answer.resume(), 'end')
    },
    async [Symbol.asyncDispose]() {
      await file.close()
      server.close()
      server.closeAllConnections()
    },
  }
}

async function cloneTo(folder: string, url: string): Promise<string> {
  await stockGit(dirname(folder), 'clone', '-q', url, folder)
  await stockGit(folder, 'config', 'user.name', AUTHOR.name)
  await stockGit(folder, 'config', 'user.email', AUTHOR.email)
  await mkdir(dirname(join(folder, EDITED)), { recursive: true })
  await writeFile(join(folder, EDITED), '')
  await stockGit(folder, 'add', '.')
  await stockGit(folder, 'commit', '-qm', 'Begin')
  return folder
}
