import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { stat } from 'node:fs/promises'
import type { Duplex } from 'node:stream'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFixture, ORIGIN, shell, textOf } from './workspace-fixture.ts'
import type { Fixture, Page, RunningRunner } from './workspace-fixture.ts'

let fixture: Fixture
let runner: RunningRunner
beforeEach(async () => {
  fixture = await createFixture()
  await fixture.seed({ 'a.txt': 'a\n', 'src/b.txt': 'b\n', '.gitignore': 'dist\n' })
  runner = await fixture.run({ run: `echo "port $PORT"; trap "" HUP; sleep ${MARK}; true` })
})
afterEach(() => fixture[Symbol.asyncDispose]())

const SIZE = { cols: 80, rows: 24 }
/** Tells the processes of this test from all others on the machine. */
const MARK = `1${process.pid}`

async function upgrade(query: string, origin = ORIGIN): Promise<number> {
  const sent = request({
    socketPath: runner.socketPath,
    path: `/socket.io/?EIO=4&transport=websocket&${query}`,
    headers: {
      origin,
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  })
  sent.end()
  const answered = Promise.race([once(sent, 'upgrade'), once(sent, 'response')])
  const [response] = (await answered) as [IncomingMessage]
  response.socket.destroy()
  return response.statusCode ?? 0
}

async function connectTo(target: string, token: string): Promise<[IncomingMessage, Duplex]> {
  const sent = request({
    socketPath: runner.socketPath,
    method: 'CONNECT',
    path: target,
    headers: { 'proxy-authorization': `Bearer ${token}` },
  })
  sent.end()
  return (await once(sent, 'connect')) as [IncomingMessage, Duplex]
}

/** Attaches and reads until the text is on the screen, acknowledging as a page does. */
async function readUntil(page: Page, id: string, text: string | RegExp): Promise<string> {
  let seen = ''
  const fits = (): boolean => (typeof text === 'string' ? seen.includes(text) : text.test(seen))
  const found = Promise.withResolvers<void>()
  const add = (data: string): void => {
    seen += data
    if (fits()) found.resolve()
  }
  const listener = (output: { id: string; data: string }): void => {
    if (output.id !== id) return
    add(output.data)
    void page.request('terminals.acknowledge', { id, chars: output.data.length })
  }
  page.socket.on('terminals.output', listener)
  add(textOf(await page.ask('terminals.attach', { id, ...SIZE })))
  await found.promise
  page.socket.off('terminals.output', listener)
  return seen
}

test('a page connects with a token for this workspace from the right origin only', async () => {
  expect(await upgrade(`token=${await fixture.token()}`)).toBe(101)
  expect(await upgrade(`token=${await fixture.token()}`, 'http://evil.example')).toBe(403)
  expect(await upgrade('')).toBe(401)
  expect(await upgrade(`token=${await fixture.token({ audience: 'runner:other' })}`)).toBe(401)
  expect(await upgrade(`token=${await fixture.token({ issuer: 'somebody' })}`)).toBe(401)
  expect(await upgrade(`token=${await fixture.token({ expires: '-1m' })}`)).toBe(401)
  expect((await stat(runner.socketPath)).mode & 0o777).toBe(0o600)
})

test('health tells the stage', async () => {
  const sent = request({ socketPath: runner.socketPath, path: '/healthz' })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks = await response.toArray()
  expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ stage: 'ready', detail: null })
})

test('payloads that do not fit the schema are refused', async () => {
  const page = await runner.connect()
  const reply = await page.request('files.read', { path: '../etc/passwd' })
  expect(reply).toMatchObject({ ok: false, error: { code: 'bad_request' } })
  expect(await page.request('files.read', { path: '.git/config' })).toMatchObject({ ok: false })
  expect(await page.request('nothing.known' as 'files.index', {})).toMatchObject({ ok: false })
})

test('files are listed, made, moved, read and deleted', async () => {
  const page = await runner.connect()
  await shell(
    runner.work,
    'mkdir dist; touch dist/x; ln -s /etc/passwd leak; ln -s a.txt alias; printf "a\\0" > bin',
  )
  const entries = await page.ask('files.list', { path: '' })
  expect(entries.map(({ name, kind, ignored }) => [name, kind, ignored])).toEqual([
    ['dist', 'folder', true],
    ['src', 'folder', false],
    ['.gitignore', 'file', false],
    ['a.txt', 'file', false],
    ['alias', 'symlink', false],
    ['bin', 'file', false],
    ['leak', 'symlink', false],
  ])
  expect(await page.ask('files.read', { path: 'alias' })).toMatchObject({ content: 'a\n', writable: false })
  await expect(page.ask('files.read', { path: 'leak' })).rejects.toMatchObject({ code: 'outside_workspace' })
  await expect(page.ask('files.read', { path: 'bin' })).rejects.toMatchObject({ code: 'binary_file' })
  await expect(page.ask('files.read', { path: 'src' })).rejects.toMatchObject({ code: 'not_a_file' })
  const changed = page.next('files.changed', (changes) => changes.some(({ path }) => path === 'new'))
  await page.ask('files.create', { path: 'new/deep/file.txt', kind: 'file' })
  await changed
  await page.ask('files.rename', { from: 'new/deep/file.txt', to: 'moved/file.txt' })
  await expect(page.ask('files.rename', { from: 'a.txt', to: 'src/b.txt' })).rejects.toMatchObject({
    code: 'already_exists',
  })
  await expect(page.ask('files.create', { path: 'src', kind: 'folder' })).rejects.toMatchObject({
    code: 'already_exists',
  })
  await expect(page.ask('files.rename', { from: 'src', to: 'src/inner' })).rejects.toMatchObject({
    code: 'bad_request',
  })
  await page.ask('files.delete', { path: 'src' })
  const { paths } = await page.ask('files.index', {})
  expect(paths).toContain('moved/file.txt')
  expect(paths).not.toContain('dist/x')
})

test('a terminal is shared, resumed by offset, and closed with all that runs in it', async () => {
  const page = await runner.connect()
  const { id, name } = await page.ask('terminals.create', SIZE)
  // The first one was there when the workspace was ready.
  expect(page.hello.terminals).toMatchObject([{ name: 'Terminal 1', kind: 'shell' }])
  expect(name).toBe('Terminal 2')
  const output = readUntil(page, id, /first-\d+/)
  await page.ask('terminals.input', { id, data: 'echo first-$((40+2)); unset HISTFILE\r' })
  expect(await output).toContain('first-42')

  const other = await runner.connect()
  expect(other.hello.terminals).toHaveLength(2)
  const snapshot = await other.ask('terminals.attach', { id, ...SIZE })
  expect(snapshot.reset).toBe(true)
  expect(textOf(snapshot)).toContain('first-42')
  const delta = await other.ask('terminals.attach', { id, ...SIZE, offset: snapshot.offset })
  expect(delta).toMatchObject({ reset: false })

  const started = readUntil(page, id, /pid=\d+/)
  await page.ask('terminals.input', {
    id,
    data: `sleep ${MARK} & disown; (trap '' HUP; sleep ${MARK}) & echo pid=$!\r`,
  })
  await started
  await page.ask('terminals.close', { id })
  await expect(page.ask('terminals.input', { id, data: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  expect(await shell('/', `pgrep -f '^sleep ${MARK}$' || true`)).toBe('')
})

test('terminals do not see what is the business of the runner', async () => {
  const page = await runner.connect()
  const { id } = await page.ask('terminals.create', SIZE)
  const output = readUntil(page, id, 'END')
  await page.ask('terminals.input', { id, data: 'env | grep -E "^(GIT|CODENEST|PORT|TERM)" ; echo E""ND\r' })
  const seen = await output
  expect(seen).toContain('CODENEST_WORKSPACE=brave-otter')
  expect(seen).toContain('PORT=3000')
  expect(seen).not.toMatch(/^GIT_/m)
})

test('Run starts the command in its own terminal, again on demand, and stops the whole tree', async () => {
  const page = await runner.connect()
  const running = await page.ask('run.start', SIZE)
  expect(running).toMatchObject({ state: 'running', exitCode: null })
  const id = running.terminalId!
  await readUntil(page, id, 'port 3000')
  const again = await page.ask('run.start', SIZE)
  expect(again.terminalId).toBe(id)
  await readUntil(page, id, /port 3000[^]*port 3000/)
  const stopped = await page.ask('run.stop', {})
  expect(stopped).toMatchObject({ state: 'exited', terminalId: id })
  expect(stopped.endedAt).toBeGreaterThanOrEqual(stopped.startedAt!)
  expect(await shell('/', `pgrep -f '^sleep ${MARK}$' || true`)).toBe('')
  const seen = textOf(await page.ask('terminals.attach', { id, ...SIZE }))
  expect(seen.match(/port 3000/g)).toHaveLength(2)
})

test.each(['127.0.0.1', '0.0.0.0', '::1', '::'])(
  'an app that listens on %s is found and reached',
  async (host) => {
    const page = await runner.connect()
    const { id } = await page.ask('terminals.create', SIZE)
    const script = `require('http').createServer((q,s)=>s.end('hi '+q.url)).listen(0,'${host}',function(){console.log('on='+this.address().port)})`
    const output = readUntil(page, id, /on=\d+/)
    await page.ask('terminals.input', { id, data: `"${process.execPath}" -e "${script}"\r` })
    const port = Number(/on=(\d+)/.exec(await output)![1])

    const [response, socket] = await connectTo(`localhost:${port}`, await fixture.token())
    expect(response.statusCode).toBe(200)
    socket.write('GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    expect(Buffer.concat(await socket.toArray()).toString()).toContain('hi /x')
    const known = (ports: { port: number }[]): boolean => ports.some((each) => each.port === port)
    if (!known((await runner.connect()).hello.ports)) await page.next('ports.changed', known)

    const gone = page.next('ports.changed', (ports) => !known(ports))
    await page.ask('terminals.input', { id, data: '\x03' })
    await gone
  },
)

test('a tunnel leads to apps of this workspace only', async () => {
  const foreign = Number(new URL(fixture.host.url).port)
  const [closed] = await connectTo(`localhost:${foreign}`, await fixture.token())
  expect(closed.statusCode).toBe(502)
  expect(closed.headers['x-codenest-reason']).toBe('port_closed')
  expect((await connectTo('example.com:80', await fixture.token()))[0].statusCode).toBe(502)
  expect((await connectTo(`localhost:${foreign}`, 'nonsense'))[0].statusCode).toBe(401)
})

test('the runner stops when its parent is gone', async () => {
  const exited = once(runner.process, 'exit')
  runner.process.stdin!.end()
  expect(await exited).toEqual([0, null])
  expect(runner.stages.at(-1)?.stage).toBe('stopping')
})
