import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { attachScreen } from './terminal-screen.ts'
import { createFixture, shell } from './workspace-fixture.ts'
import type { Fixture, Page, RunningRunner } from './workspace-fixture.ts'

const SIZE = { cols: 80, rows: 24 }
/** Listens on a port of its own choice first, then always on the same one; as a daemon it leaves the terminal. */
const SERVER = `const { createServer } = require('http'); const fs = require('fs')
const { spawn } = require('child_process')
if (process.argv[2] === 'daemon') {
  spawn(process.execPath, [__filename], { detached: true, stdio: 'inherit' }).unref()
} else {
  const port = fs.existsSync('port') ? Number(fs.readFileSync('port', 'utf8')) : 0
  const server = createServer((request, response) => response.end(String(process.pid)))
  server.on('error', (error) => console.log('error ' + error.code))
  server.listen(port, '127.0.0.1', () => {
    fs.writeFileSync('port', String(server.address().port))
    console.log('listening ' + process.pid)
  })
}
`

let fixture: Fixture
let runner: RunningRunner
let page: Page
beforeAll(async () => {
  fixture = await createFixture()
  await fixture.seed({
    'server.js': SERVER,
    '.gitignore': 'port\n',
    'package.json': '{ "scripts": { "dev": "node server.js" } }',
  })
  runner = await fixture.run({ upstream: 'https://example.com/x.git' })
  page = await runner.connect()
})
afterAll(() => fixture[Symbol.asyncDispose]())

test('how it is run is read from the files, and follows them', async () => {
  expect(page.hello.run).toMatchObject({ command: 'npm install && npm run dev', from: 'package.json' })
  const changed = page.next('run.changed', ({ from }) => from === '.codenest.yaml')
  await writeFile(join(runner.work, '.codenest.yaml'), '# mine\nrun: echo hello\n')
  expect(await changed).toMatchObject({ command: 'echo hello' })
})

test('a command that is edited goes into the settings, and into a save', async () => {
  const set = await page.ask('run.configure', { saveId: 'edit-1', command: 'exit 3' })
  expect(set).toMatchObject({ command: 'exit 3', from: '.codenest.yaml' })
  expect(await readFile(join(runner.work, '.codenest.yaml'), 'utf8')).toBe('# mine\nrun: exit 3\n')
  const { ref } = await page.savesBecome((saves) => saves.state === 'durable' && saves.pending.length === 0)
  expect(await fixture.remote('show', `${ref}:.codenest.yaml`)).toBe('# mine\nrun: exit 3')
})

test('it tells how it ended, and how long it took', async () => {
  const ended = page.next('run.changed', ({ state }) => state === 'exited')
  const started = await page.ask('run.start', SIZE)
  const status = await ended
  expect(status).toMatchObject({ exitCode: 3, startedAt: started.startedAt })
  expect(status.endedAt).toBeGreaterThanOrEqual(status.startedAt ?? Infinity)
  const { exit } = (await page.ask('terminals.attach', { id: started.terminalId ?? '', ...SIZE })).info
  expect(exit).toMatchObject({ code: 3, signal: null })
})

/** Servers that the run terminal has told of so far. */
let listened = 0

test.each(['node server.js', 'node server.js daemon; sleep 1000'])(
  '%s, run again, finds its port free',
  async (command) => {
    await page.ask('run.configure', { saveId: `edit-${command.length}`, command })
    const { terminalId } = await page.ask('run.start', SIZE)
    const screen = await attachScreen(page, terminalId ?? '')
    const pids = (): string[] => [...screen.output.matchAll(/listening (\d+)/g)].map(([, pid]) => pid ?? '')
    for (let times = 1; times <= 3; times += 1) {
      await screen.until(() => pids().length === listened + times)
      await page.ask('run.start', SIZE)
    }
    listened += 4
    await screen.until(() => pids().length === listened)
    expect(screen.output).not.toContain('error')
    await page.ask('run.stop', {})
    const port = await readFile(join(runner.work, 'port'), 'utf8')
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    page.socket.off('terminals.output')
  },
)

test('without anything to go by, it says what to do', async () => {
  await page.ask('run.configure', { saveId: 'edit-last', command: '' })
  await shell(runner.work, 'rm package.json .codenest.yaml')
  await expect(page.ask('run.start', SIZE)).rejects.toMatchObject({ code: 'no_run_command' })
  // And then it is said, in a file that was not there.
  const said = await page.ask('run.configure', { saveId: 'edit-new', command: 'true' })
  expect(said).toMatchObject({ command: 'true', from: '.codenest.yaml' })
})
