import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { MAX_TERMINAL_INPUT } from '../src/protocol.ts'
import { PATIENCE_MS } from '../src/terminals/flow-control.ts'
import { KEPT_OUTPUT } from '../src/terminals/recorder.ts'
import { attachScreen, cellsOf } from './terminal-screen.ts'
import type { Screen } from './terminal-screen.ts'
import { createFixture } from './workspace-fixture.ts'
import type { Fixture, Page, RunningRunner } from './workspace-fixture.ts'

const SIZE = { cols: 80, rows: 24 }
/** Ends in a prompt that shows when a command is done. */
const PROMPT = "PS1='READY> '; HISTFILE=\r"

let fixture: Fixture
let runner: RunningRunner
let page: Page
let id: string
let screen: Screen
beforeAll(async () => {
  fixture = await createFixture()
  await fixture.seed({ 'code.py': 'def main():\n    return "x"\n'.repeat(40) })
  runner = await fixture.run()
})
afterAll(() => fixture[Symbol.asyncDispose]())
beforeEach(async () => {
  page = await runner.connect()
  id = (await page.ask('terminals.create', SIZE)).id
  screen = await attachScreen(page, id, { client: 'first' })
  await screen.type(PROMPT)
  await ready(screen)
  return async () => {
    await page.request('terminals.close', { id })
    page.socket.close()
  }
})

const ready = (one: Screen): Promise<void> => one.until((lines) => /READY> *$/.test(lines.trimEnd()))

let commands = 0

/** Runs a command until it is done. */
async function run(command: string): Promise<void> {
  commands += 1
  const done = new RegExp(`^done ${commands}\\n`, 'm')
  await screen.type(`clear; ${command}; echo do""ne ${commands}\r`)
  await screen.until((lines) => done.test(lines))
  await ready(screen)
}

/** Another page with nothing of its own. */
async function anotherScreen(options: Parameters<typeof attachScreen>[2] = {}): Promise<[Page, Screen]> {
  const other = await runner.connect()
  return [other, await attachScreen(other, id, options)]
}

const FULL_SCREEN: [program: string, start: string, shows: RegExp, then: string, thenShows: RegExp][] = [
  ['/usr/bin/vim', 'vim -u NONE -c "syntax on" code.py', /"code.py"/, ':set number\r', /^ *1 def main/m],
  ['/usr/bin/less', 'less code.py', /code\.py/, 'jj', /:/],
  ['/usr/bin/top', 'top -d 300', /PID/, 'z', /PID/],
  ['/usr/bin/htop', 'htop -d 300', /PID/, '\x1b[B', /PID/],
]

describe('a full-screen program comes back as it was', () => {
  for (const [program, start, shows, then, thenShows] of FULL_SCREEN)
    test(`${program}, behind a flood that no ring holds`, async (context) => {
      if (!existsSync(program)) context.skip(`${program}: it comes back as it was`)
      await run('seq 1 60000')
      expect(screen.offset).toBeGreaterThan(KEPT_OUTPUT)
      await screen.type(`${start}\r`)
      await screen.until((lines) => shows.test(lines))
      await screen.type(then)
      await screen.until((lines) => thenShows.test(lines))
      const [other, copy] = await anotherScreen()
      await copy.until(() => copy.offset === screen.offset && cellsOf(copy).join() === cellsOf(screen).join())
      expect(copy.snapshots).toBe(1)
      expect(cellsOf(copy)).toEqual(cellsOf(screen))
      expect(copy.terminal.modes).toEqual(screen.terminal.modes)
      other.socket.close()
    })
})

describe('several viewers', () => {
  test('see the same, and the one that works in it decides on the size', async () => {
    const [other, wide] = await anotherScreen({ cols: 120, rows: 40, client: 'second' })
    // It only looks, so it takes the size of the first.
    await run('stty size')
    expect(screen.lines()).toContain('24 80')
    await wide.until(() => cellsOf(wide).join() === cellsOf(screen).join())
    await other.ask('terminals.resize', { id, cols: 120, rows: 40, lead: true })
    await run('stty size')
    await wide.until((lines) => lines.includes('40 120'))
    expect([screen.terminal.cols, screen.terminal.rows]).toEqual([120, 40])
    // The first one's window changes, but it is the second's user who works.
    await page.ask('terminals.resize', { id, cols: 70, rows: 20 })
    await run('stty size')
    expect(screen.lines()).toContain('40 120')
    other.socket.close()
    await expect
      .poll(async () => {
        await page.ask('terminals.resize', { id, cols: 70, rows: 20 })
        return screen.terminal.cols
      })
      .toBe(70)
  })

  test('one that does not keep up holds the process for a while, is left out, and comes back to the whole', async () => {
    const [other, slow] = await anotherScreen({ acknowledges: false })
    const began = performance.now()
    await run('seq 1 300000')
    expect(performance.now() - began).toBeGreaterThan(PATIENCE_MS)
    // It was sent no more than may be on the way.
    expect(slow.output.length).toBeLessThan(600_000)
    expect(slow.offset).toBeLessThan(screen.offset)
    await slow.acknowledge()
    await slow.until(() => slow.offset === screen.offset)
    await slow.until((lines) => lines === screen.lines())
    expect(slow.snapshots).toBe(2)
    await slow.acknowledge()
    await run('echo again')
    await slow.until((lines) => lines === screen.lines())
    other.socket.close()
  })

  test('only one answers what programs ask', async () => {
    const [other] = await anotherScreen()
    await screen.type(`clear; IFS= read -rsn 4; echo "<$REPLY>"\r`)
    await screen.until((lines) => lines.trim() === '')
    await other.ask('terminals.answer', { id, data: 'bbbb' })
    await page.ask('terminals.answer', { id, data: 'aaaa' })
    await ready(screen)
    expect(screen.lines()).toContain('<aaaa>')
    other.socket.close()
  })
})

describe('a lost connection', () => {
  test('resumes where the screen stands, without a byte too many or too few', async () => {
    await screen.type('clear; for n in $(seq 1 100); do echo "number $n"; sleep 0.005; done; echo do""ne\r')
    await screen.until((lines) => lines.includes('number 20'))
    const { offset, output } = screen
    page.socket.disconnect()
    const again = await runner.connect()
    const resumed = await attachScreen(again, id, { client: 'first', offset })
    await resumed.until((lines) => /^done$/m.test(lines))
    expect(resumed.snapshots).toBe(0)
    const numbers = [...`${output}${resumed.output}`.matchAll(/number (\d+)/g)].map(([, n]) => Number(n))
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
    page = again
  })

  test('leaves nothing behind that would hold the process', async () => {
    // The runner does not know yet that this one is gone.
    const [dead, gone] = await anotherScreen({ client: 'sleeper', acknowledges: false, lead: true })
    const [other, back] = await anotherScreen({ client: 'sleeper', cols: 90, rows: 30, lead: true })
    const { offset } = gone
    await run('seq 1 100000')
    expect(gone.offset).toBe(offset)
    expect(back.offset).toBe(screen.offset)
    expect(back.terminal.cols).toBe(90)
    dead.socket.close()
    other.socket.close()
  })

  test('types nothing twice', async () => {
    const type = (number: number, data: string): Promise<unknown> =>
      page.ask('terminals.input', { id, data, piece: { client: 'first', number } })
    await type(1, 'echo on')
    await type(2, 'ce-$((1+1)')
    for (const [number, data] of ['echo on', 'ce-$((1+1)', ')\r'].entries()) await type(number + 1, data)
    await screen.until((lines) => /^once-2$/m.test(lines))
    expect(screen.lines().match(/once-2/g)).toHaveLength(1)
  })
})

test('jobs go on while nobody looks', async () => {
  await screen.type(`seq 1 100000; echo over > ${join(runner.root, 'over')}\r`)
  page.socket.disconnect()
  await expect.poll(() => existsSync(join(runner.root, 'over'))).toBe(true)
  const again = await runner.connect()
  const back = await attachScreen(again, id)
  await ready(back)
  expect(back.lines()).toMatch(/^100000$/m)
  page = again
})

test('a program that asks while nobody looks is answered', async () => {
  const answer = join(runner.root, 'answer')
  await screen.type(`sleep 0.2; IFS= read -rsd R -p $'\\e[6n' it; printf %s "\${it#*[}" > ${answer}\r`)
  page.socket.disconnect()
  await expect.poll(() => existsSync(answer) && readFile(answer, 'utf8')).toMatch(/^\d+;\d+$/)
  page = await runner.connect()
})

test('a paste of more than any message holds arrives whole', async () => {
  const text = Array.from({ length: 3_000 }, () => `${randomBytes(30).toString('hex')}\n`).join('')
  expect(text.length).toBeGreaterThan(2 * MAX_TERMINAL_INPUT)
  const file = join(runner.root, 'pasted')
  await screen.type(`clear; stty -echo; echo g""o; cat > ${file}; stty echo; echo do""ne\r`)
  // Before that bash still has the terminal, and would take it for a command.
  await screen.until((lines) => /^go$/m.test(lines))
  const pasted = text.replaceAll('\n', '\r')
  for (let at = 0; at < pasted.length; at += MAX_TERMINAL_INPUT)
    await screen.type(pasted.slice(at, at + MAX_TERMINAL_INPUT))
  await screen.type('\x04')
  await screen.until((lines) => /^done$/m.test(lines))
  const hash = (data: string): string => createHash('sha256').update(data).digest('hex')
  expect(hash(await readFile(file, 'utf8'))).toBe(hash(text))
})

test('Ctrl+C during a flood brings the prompt at once', async () => {
  await screen.type('yes\r')
  await screen.until((lines) => /^(y\n){20}/.test(lines))
  const began = performance.now()
  await screen.type('\x03')
  await ready(screen)
  expect(performance.now() - began).toBeLessThan(500)
})
