import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Archives } from '../src/history/archive.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import { readZip } from './support/read-zip.ts'
import { SavedRepository } from './support/saved-repository.ts'
import type { Files } from './support/saved-repository.ts'

const NOON = Date.UTC(2026, 4, 1, 12) / 1000

let server: GitServer
beforeAll(async () => {
  server = await startGitServer()
})
afterAll(async () => server?.[Symbol.asyncDispose]())

/** Processes of git below this one that make an archive of this commit. */
async function running(commit: string): Promise<number> {
  const commands = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return commands.filter((command) => command.includes('archive') && command.includes(commit)).length
}

describe('a zip of a commit', () => {
  it('has every byte, mode and link, whatever attributes the files have', async () => {
    const saved = await SavedRepository.create(server.remotes, 'attributes')
    const attributes = [
      '[attr]loud text eol=crlf export-subst',
      '* text eol=crlf ident export-subst working-tree-encoding=UTF-16',
      '*.secret export-ignore',
      'hidden export-ignore',
      '*.macro loud',
      '*.bin binary',
      'crlf.txt crlf',
    ].join('\n')
    const files: Files = {
      '.gitattributes': attributes,
      'sub/.gitattributes': '* export-ignore eol=crlf\n!inner text',
      'a.txt': 'one\ntwo\n$Id$ $Format:%H$\n',
      'crlf.txt': 'one\r\ntwo\n',
      'x.macro': '$Format:%an$\n',
      'key.secret': 'kept\n',
      'hidden/inner/deep.txt': 'kept too\n',
      'sub/inner': 'inner\n',
      'run.sh': { content: '#!/bin/sh\necho\n', mode: '100755' },
      link: { content: '../outside', mode: '120000' },
      'x.bin': { content: randomBytes(200_000), mode: '100644' },
      'ünï cödé.txt': 'ü\n',
      empty: '',
    }
    const commit = saved.commit(files, NOON)
    await saved.publish()
    const version = (await server.remotes.repository('attributes').head())!
    const output = new PassThrough()
    const [bytes] = await Promise.all([
      buffer(output),
      new Archives(server.remotes.views).write(
        { repository: 'attributes', version, commit, folder: 'my-name' },
        output,
        AbortSignal.timeout(60_000),
      ),
    ])
    const zip = readZip(bytes)
    const contentOf = (file: Files[string]): Buffer =>
      Buffer.from(typeof file === 'string' ? file : file.content)
    expect([...zip.keys()].sort()).toEqual(
      Object.keys(files)
        .map((path) => `my-name/${path}`)
        .sort(),
    )
    for (const [path, file] of Object.entries(files))
      expect(zip.get(`my-name/${path}`)?.content.equals(contentOf(file)), path).toBe(true)
    expect(zip.get('my-name/run.sh')!.mode & 0o111).toBe(0o111)
    expect(zip.get('my-name/link')!.mode & 0o170000).toBe(0o120000)
  })

  it('is made two at a time, and by nobody when the client has gone', async () => {
    const saved = await SavedRepository.create(server.remotes, 'large')
    const commit = saved.commit({ large: { content: randomBytes(8_000_000), mode: '100644' } }, NOON)
    await saved.publish()
    const version = (await server.remotes.repository('large').head())!
    const archives = new Archives(server.remotes.views)
    const asked = { repository: 'large', version, commit, folder: 'x' }
    const clients = Array.from({ length: 4 }, () => {
      const gone = new AbortController()
      // Nobody reads: git waits in its write.
      const output = new PassThrough()
      const done = archives.write(asked, output, gone.signal)
      done.catch(() => {})
      return { gone, output, done }
    })
    await Promise.all(clients.slice(0, 2).map(({ output }) => once(output, 'readable')))
    expect(await running(commit)).toBe(2)
    clients[3]!.gone.abort()
    await expect(clients[3]!.done).rejects.toThrow(/abort/)
    for (const { gone, done } of clients.slice(0, 2)) {
      gone.abort()
      await expect(done).rejects.toThrow(/abort/)
    }
    const bytes = await buffer(clients[2]!.output)
    await clients[2]!.done
    expect(readZip(bytes).get('x/large')!.content).toHaveLength(8_000_000)
    expect(await running(commit)).toBe(0)
  })

  it('refuses when too many wait', async () => {
    const saved = await SavedRepository.create(server.remotes, 'many')
    const commit = saved.commit({ large: { content: randomBytes(2_000_000), mode: '100644' } }, NOON)
    await saved.publish()
    const version = (await server.remotes.repository('many').head())!
    const archives = new Archives(server.remotes.views)
    const gone = new AbortController()
    const all = Array.from({ length: 19 }, () =>
      archives
        .write({ repository: 'many', version, commit, folder: 'x' }, new PassThrough(), gone.signal)
        .catch((error: unknown) => error),
    )
    expect(await all.at(-1)).toMatchObject({ status: 503, code: 'busy' })
    gone.abort()
    await Promise.all(all)
  })
})

it('is downloaded over HTTP, from a workspace that is stopped too; a client that goes away ends git', async () => {
  await using platform = await startPlatform()
  const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
  const id = String(body['id'])
  await platform.until(id, 'running')
  {
    using page = await openPage(platform, id)
    await page.save('note.txt', 'saved\n')
  }
  await platform.api('POST', `/workspaces/${id}/stop`)
  await platform.until(id, 'stopped')
  const { body: page } = await platform.api('GET', `/workspaces/${id}/history?path=note.txt`)
  const commit = (page['entries'] as { id: string }[])[0]!.id
  const url = `${platform.origin}/api/v1/workspaces/${id}/commits/${commit}/archive`
  const headers = { cookie: platform.cookie }
  const response = await fetch(url, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/zip')
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="${id}-${commit.slice(0, 10)}.zip"`,
  )
  const zip = readZip(Buffer.from(await response.arrayBuffer()))
  expect(zip.get(`${id}/note.txt`)?.content.toString()).toBe('saved\n')
  expect((await fetch(url, { headers, method: 'HEAD' })).status).toBe(200)
  const missing = await fetch(url.replace(commit, '1'.repeat(40)), { headers })
  expect([missing.status, missing.headers.get('content-disposition')]).toEqual([404, null])
  expect((await fetch(url)).status).toBe(401)

  const asked = request(url, { headers: { ...headers, host: new URL(url).host }, hostname: '127.0.0.1' })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { destroy(): void }]
  answer.destroy()
  await expect.poll(() => running(commit)).toBe(0)
})
