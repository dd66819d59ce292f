import { once } from 'node:events'
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { request } from 'node:http'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { readZip } from '../../platform/tests/support/read-zip.ts'
import { createFixture, ORIGIN, shell, untilRemote } from './workspace-fixture.ts'
import type { Fixture, Page, RunningRunner } from './workspace-fixture.ts'

let fixture: Fixture
let runner: RunningRunner
let page: Page
beforeEach(async () => {
  fixture = await createFixture()
  await fixture.seed({ 'a.txt': 'a\n', 'src/b.txt': 'b\n', '.gitignore': 'dist\n' })
  runner = await fixture.run()
  page = await runner.connect()
})
afterEach(() => fixture[Symbol.asyncDispose]())

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

function send(method: string, path: string, headers: Record<string, string> = {}): ClientRequest {
  return request({ socketPath: runner.socketPath, method, path, headers: { origin: ORIGIN, ...headers } })
}

async function answerOf(sent: ClientRequest): Promise<Answer> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) }
}

async function ask(method: string, path: string, headers?: Record<string, string>, body?: string) {
  const sent = send(method, path, headers)
  sent.end(body)
  return answerOf(sent)
}

async function link(path: string, act: 'view' | 'download' | 'upload'): Promise<string> {
  return (await page.ask('files.link', { path, act })).url
}

const inTemporary = (): Promise<string[]> => readdir(join(runner.root, 'state/tmp'))

test('a file is shown as what it is, whole and in ranges, and never as a document that runs', async () => {
  await shell(runner.work, 'printf "<svg/>" > x.svg; printf "<script>" > x.html; seq 1 1000 > "ü #%.mp3"')
  const bytes = await readFile(join(runner.work, 'ü #%.mp3'))
  const url = await link('ü #%.mp3', 'view')
  const whole = await ask('GET', url)
  expect(whole.status).toBe(200)
  expect(whole.body.equals(bytes)).toBe(true)
  expect(whole.headers).toMatchObject({
    'content-type': 'audio/mpeg',
    'content-length': String(bytes.length),
    'accept-ranges': 'bytes',
    'access-control-allow-origin': ORIGIN,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  expect(whole.headers['content-disposition']).toBeUndefined()
  const part = await ask('GET', url, { range: 'bytes=100-109' })
  expect(part).toMatchObject({ status: 206, body: bytes.subarray(100, 110) })
  expect(part.headers['content-range']).toBe(`bytes 100-109/${bytes.length}`)
  expect((await ask('GET', url, { range: 'bytes=999999-' })).status).toBe(416)
  expect(await ask('HEAD', url)).toMatchObject({ status: 200, body: Buffer.alloc(0) })

  expect((await ask('GET', await link('x.html', 'view'))).headers['content-type']).toBe(
    'application/octet-stream',
  )
  const { headers } = await ask('GET', await link('x.svg', 'view'))
  expect(headers['content-type']).toBe('image/svg+xml')
  expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
})

test('a link opens one file for one act, to nobody but the page', async () => {
  const url = await link('a.txt', 'view')
  expect((await ask('GET', url)).body.toString()).toBe('a\n')
  expect((await ask('GET', url.replace('a.txt', 'src/b.txt'))).status).toBe(401)
  expect((await ask('PUT', url, {}, 'x')).status).toBe(401)
  expect((await ask('PUT', url.replace('view', 'upload'), {}, 'x')).status).toBe(401)
  expect((await ask('DELETE', url)).status).toBe(401)
  expect((await ask('GET', '/files/a.txt')).status).toBe(401)
  expect((await ask('GET', '/files/../../state/complete')).status).toBe(401)
  expect((await ask('GET', url, { origin: 'http://evil.example' })).status).toBe(403)
  expect((await ask('GET', await link('a.txt', 'upload'))).status).toBe(401)
  const asked = await ask('OPTIONS', url, { 'access-control-request-method': 'PUT' })
  expect(asked.status).toBe(204)
  expect(asked.headers).toMatchObject({
    'access-control-allow-origin': ORIGIN,
    'access-control-allow-methods': 'GET, HEAD, PUT',
  })
  expect((await ask('OPTIONS', url, { origin: 'null' })).status).toBe(403)
})

test('links lead nowhere outside of the files', async () => {
  await shell(runner.work, 'ln -s /etc leak; ln -s .git repository; ln -s gone dangling')
  for (const [path, code] of [
    ['leak/passwd', 'outside_workspace'],
    ['repository/config', 'outside_workspace'],
    ['dangling', 'not_found'],
    ['.git/config', 'bad_request'],
    ['../state/complete', 'bad_request'],
  ] as const)
    for (const act of ['view', 'download'] as const)
      await expect(page.ask('files.link', { path, act }), path).rejects.toMatchObject({ code })
  await expect(page.ask('files.link', { path: 'leak/x', act: 'upload' })).rejects.toMatchObject({
    code: 'outside_workspace',
  })
  // A folder that becomes a link after its link was made.
  const url = await link('late/x.txt', 'upload')
  await shell(runner.work, 'ln -s /tmp late')
  expect((await ask('PUT', url, {}, 'x')).status).toBe(403)
  const { url: gone } = await page.ask('files.link', { path: 'a.txt', act: 'view' })
  await shell(runner.work, 'rm a.txt; ln -s /etc/passwd a.txt')
  expect((await ask('GET', gone)).status).toBe(403)
})

test('an upload is there whole, with its folders, and in the next save', async () => {
  const size = 3 * 1024 * 1024
  const body = Buffer.alloc(size, 'abcdefg')
  const sent = send('PUT', await link('new/deep/data.bin', 'upload'), { 'if-none-match': '*' })
  await pipeline(Readable.from([body]), sent)
  expect((await answerOf(sent)).status).toBe(201)
  expect((await readFile(join(runner.work, 'new/deep/data.bin'))).equals(body)).toBe(true)
  expect((await stat(join(runner.work, 'new/deep/data.bin'))).mode & 0o777).toBe(0o644)
  await untilRemote(page, async () => {
    const tree = await fixture.remote('ls-tree', '-r', '-l', page.saves.commit ?? '')
    return new RegExp(`${size}\tnew/deep/data.bin`).test(tree)
  })
  expect(await inTemporary()).toEqual([])
})

test('an upload replaces a file only when it is asked to, and keeps its mode', async () => {
  await shell(runner.work, 'chmod +x a.txt; mkdir folder')
  const taken = await page.ask('files.link', { path: 'a.txt', act: 'upload' })
  expect(taken).toMatchObject({ kind: 'file', size: 2 })
  const refused = await ask('PUT', taken.url, { 'if-none-match': '*' }, 'new')
  expect(refused.status).toBe(409)
  expect(JSON.parse(refused.body.toString())).toEqual({
    code: 'already_exists',
    message: 'There is already something called a.txt.',
  })
  expect((await ask('PUT', taken.url, {}, 'new')).status).toBe(201)
  expect(await readFile(join(runner.work, 'a.txt'), 'utf8')).toBe('new')
  expect((await lstat(join(runner.work, 'a.txt'))).mode & 0o777).toBe(0o755)
  expect((await ask('PUT', await link('folder', 'upload'), {}, 'x')).status).toBe(409)
  expect((await ask('PUT', await link('a.txt/x', 'upload'), {}, 'x')).status).toBe(409)
  expect(await inTemporary()).toEqual([])
})

test('an upload that breaks off, or does not fit, leaves nothing behind', async () => {
  const sent = send('PUT', await link('half.bin', 'upload'), { 'content-length': '1000000' })
  sent.on('error', () => undefined)
  sent.write(Buffer.alloc(500_000))
  await expect.poll(inTemporary).toHaveLength(1)
  sent.destroy()
  await expect.poll(inTemporary).toEqual([])
  expect(await readdir(runner.work)).not.toContain('half.bin')

  const huge = send('PUT', await link('huge.bin', 'upload'), { 'content-length': String(2 ** 52) })
  huge.flushHeaders()
  const refused = await answerOf(huge)
  huge.destroy()
  expect(refused.status).toBe(507)
  expect(JSON.parse(refused.body.toString())).toMatchObject({
    code: 'disk_full',
    message: expect.stringMatching(/^huge\.bin has \d+ MB, and the disk of this workspace \d+ MB left/),
  })
})

test('a file is downloaded under its name, a folder as a zip of all that is in it', async () => {
  await shell(
    runner.work,
    'mkdir -p src/empty src/.git dist; echo built > dist/x; printf "#!/bin/sh\\n" > src/run.sh; chmod +x src/run.sh; ln -s b.txt src/link; echo ü > src/"ü b.txt"',
  )
  const file = await ask('GET', await link('src/ü b.txt', 'download'))
  expect(file.headers['content-disposition']).toBe(
    `attachment; filename="_ b.txt"; filename*=UTF-8''%C3%BC%20b.txt`,
  )
  const zip = await ask('GET', await link('src', 'download'))
  expect(zip.headers).toMatchObject({
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="src.zip"; filename*=UTF-8''src.zip`,
  })
  const inside = Array.from(readZip(zip.body), ([name, { mode, content }]) => [
    name,
    `${mode.toString(8)} ${content.toString()}`,
  ])
  expect(Object.fromEntries(inside)).toEqual({
    'src/b.txt': '100644 b\n',
    'src/link': '120777 b.txt',
    'src/run.sh': '100755 #!/bin/sh\n',
    'src/ü b.txt': '100644 ü\n',
  })
  expect(zip.body.includes('src/empty/')).toBe(true)
  const everything = await ask('GET', await link('', 'download'))
  expect(everything.headers['content-disposition']).toContain('brave-otter.zip')
  expect(everything.body.includes('brave-otter/dist/x')).toBe(true)
  expect(everything.body.includes('.git/')).toBe(false)
})

test('a copy is there at once, with modes and links, and in the next save', async () => {
  await shell(
    runner.work,
    'mkdir -p src/deep; echo d > src/deep/d; ln -s deep/d src/link; chmod +x src/b.txt',
  )
  await page.ask('files.copy', { from: 'src', to: 'src/inner/copy' })
  expect(await shell(runner.work, 'cd src/inner/copy; find . | sort; readlink link; stat -c %a b.txt')).toBe(
    '.\n./b.txt\n./deep\n./deep/d\n./link\ndeep/d\n755\n',
  )
  await expect(page.ask('files.copy', { from: 'a.txt', to: 'src' })).rejects.toMatchObject({
    code: 'already_exists',
  })
  await expect(page.ask('files.copy', { from: 'gone', to: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  await untilRemote(page, async () =>
    (await fixture.remote('ls-tree', '-r', '--name-only', page.saves.commit ?? '')).includes(
      'src/inner/copy/deep/d',
    ),
  )
  expect(await inTemporary()).toEqual([])
})

test('the index tells what became of some paths alone', async () => {
  expect((await page.ask('files.index', {})).paths.sort()).toEqual(['.gitignore', 'a.txt', 'src/b.txt'])
  await shell(runner.work, 'rm a.txt; mkdir -p lib dist; echo > lib/[x]; echo > lib/x; echo > dist/y')
  expect((await page.ask('files.index', { within: ['a.txt', 'lib', 'dist', 'gone'] })).paths.sort()).toEqual([
    'lib/[x]',
    'lib/x',
  ])
  expect((await page.ask('files.index', { within: ['lib/[x]'] })).paths).toEqual(['lib/[x]'])
  expect((await page.ask('files.index', {})).paths.sort()).toEqual([
    '.gitignore',
    'lib/[x]',
    'lib/x',
    'src/b.txt',
  ])
})
