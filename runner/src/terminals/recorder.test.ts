import type { IBufferCell, Terminal } from '@xterm/headless'
import { expect, test } from 'vitest'

import { createXterm } from '../../tests/terminal-screen.ts'
import type { ReplayPart } from '../protocol.ts'
import { KEPT_OUTPUT, Recorder } from './recorder.ts'

async function show(parts: ReplayPart[], terminal = createXterm()): Promise<Terminal> {
  for (const { cols, rows, data } of parts) {
    terminal.resize(cols, rows)
    await new Promise<void>((done) => terminal.write(data, done))
  }
  return terminal
}

/** Every cell that can be scrolled to, the cursor, and the modes that programs set. */
function stateOf(terminal: Terminal, lines = terminal.rows): unknown {
  const buffer = terminal.buffer.active
  const cells: string[] = []
  let cell: IBufferCell | undefined
  for (let y = Math.max(0, buffer.length - lines); y < buffer.length; y += 1) {
    const line = buffer.getLine(y)
    let text = ''
    for (let x = 0; x < terminal.cols; x += 1) {
      cell = line?.getCell(x, cell)
      if (!cell) continue
      const look = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()]
      const flags = [cell.isBold(), cell.isDim(), cell.isItalic(), cell.isUnderline(), cell.isInverse()]
      text += `${cell.getChars() || ' '}${cell.getWidth()}<${look.join()};${flags.join()}>`
    }
    cells.push(text)
  }
  const core = (terminal as unknown as { _core: Record<string, never> })._core as unknown as {
    buffer: { scrollTop: number; scrollBottom: number }
    coreService: { isCursorHidden: boolean; decPrivateModes: unknown }
    coreMouseService: { activeEncoding: string }
    _inputHandler: { _windowTitle: string }
  }
  return {
    cells,
    type: buffer.type,
    cursor: [buffer.cursorX, buffer.cursorY],
    modes: terminal.modes,
    region: [core.buffer.scrollTop, core.buffer.scrollBottom],
    hidden: core.coreService.isCursorHidden,
    private: core.coreService.decPrivateModes,
    mouse: core.coreMouseService.activeEncoding,
    title: core._inputHandler._windowTitle,
  }
}

/** More than is kept, so that only an emulator knows the screen. */
const LONG = Array.from({ length: KEPT_OUTPUT / 8 }, (_, n) => `line ${n}\r\n`).join('')

const SCREENS: Record<string, string> = {
  'plain text': 'one\r\ntwo\r\n$ ',
  'colours and styles':
    '\x1b[1;31mred\x1b[0m \x1b[48;2;10;20;30;38;2;200;100;50mtrue\x1b[0m \x1b[3;4mtwo\x1b[7m',
  'wide characters and emoji': '日本語 한국어 👩‍💻 🎉 é́ x\r\n│😀│',
  'an alternate screen with a bar in colour':
    '$ vi\r\n\x1b[7m\x1b[?1049h\x1b[2J\x1b[HFile\r\n~\r\n\x1b[24;1H\x1b[44m status \x1b[0m\x1b[3;5H',
  'a scroll region, the cursor in it': '\x1b[2J\x1b[5;20r\x1b[7;3Hinside',
  'origin mode': '\x1b[5;20r\x1b[?6h\x1b[2;4Hx',
  'hidden cursor, its style, mouse and paste modes':
    '\x1b[?25l\x1b[5 q\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?1h\x1b=\x1b[?1004h',
  'a blinking block': '\x1b[1 q',
  'a title': '\x1b]0;make: all\x07$ ',
  'line drawing': '\x1b(0lqqk\r\nx',
  'line drawing by shifting': '\x1b)0\x0eqqq',
  'no wrapping': '\x1b[?7l',
}

test.each(Object.keys(SCREENS))('a snapshot brings back %s', async (name) => {
  const recorder = new Recorder(80, 24, () => {})
  const reference = createXterm()
  for (const data of [LONG, SCREENS[name] ?? '']) {
    recorder.append(data, false)
    await show([{ cols: 80, rows: 24, data }], reference)
  }
  const replay = recorder.replay()
  expect(replay).toMatchObject({ reset: true, offset: recorder.end })
  const restored = await show(replay.parts)
  expect(stateOf(restored)).toEqual(stateOf(reference))
  // And it goes on alike: what the state does to what comes next.
  const more = 'more qqq\r\n\x1b[Hhome\r\n'
  const next = [{ cols: 80, rows: 24, data: more }]
  expect(stateOf(await show(next, restored))).toEqual(stateOf(await show(next, reference)))
  recorder.dispose()
})

test('a snapshot holds a thousand lines above the screen', async () => {
  const recorder = new Recorder(80, 24, () => {})
  // In pieces that begin anywhere, as they come: of such a flood the emulator sees the end only.
  const flood = LONG + LONG
  for (let at = 0; at < flood.length; at += 1_001) recorder.append(flood.slice(at, at + 1_001), false)
  const reference = await show([{ cols: 80, rows: 24, data: flood }])
  const restored = await show(recorder.replay().parts)
  expect(restored.buffer.active.length).toBe(1_024)
  const lines = (terminal: Terminal): unknown[] => [stateOf(terminal, 1_024)]
  expect(lines(restored)).toEqual(lines(reference))
})

test('as long as everything is kept the output is the snapshot, in the sizes that it was written for', async () => {
  const recorder = new Recorder(80, 24, () => {})
  const reference = createXterm()
  const steps: ReplayPart[] = [
    { cols: 80, rows: 24, data: `${'x'.repeat(100)}\r\n` },
    { cols: 40, rows: 10, data: `${'y'.repeat(100)}\r\n\x1b[5;1Hhere` },
    { cols: 100, rows: 30, data: 'end' },
  ]
  for (const step of steps) {
    recorder.resize(step.cols, step.rows)
    recorder.append(step.data, false)
  }
  const restored = await show(recorder.replay().parts)
  expect(stateOf(restored)).toEqual(stateOf(await show(steps, reference)))
  // The emulator that comes later has seen the same.
  recorder.append('?', true)
  recorder.append(LONG, false)
  await show([{ cols: 100, rows: 30, data: `?${LONG}` }], reference)
  expect(stateOf(await show(recorder.replay().parts, createXterm(100, 30)))).toEqual(stateOf(reference))
})

test('programs that ask while nobody is there are answered, once', () => {
  const answers: string[] = []
  const recorder = new Recorder(80, 24, (answer) => void answers.push(answer))
  recorder.append('ab\x1b[6n', false)
  expect(answers).toEqual([])
  recorder.append('c\x1b[6n\x1b[c', true)
  expect(answers).toEqual(['\x1b[1;4R', '\x1b[?1;2c'])
  recorder.append('\x1b[6n', false)
  expect(answers).toHaveLength(2)
})

test('a question is answered that comes in pieces, behind what a prompt writes', () => {
  const answers: string[] = []
  const recorder = new Recorder(80, 24, (answer) => answers.push(answer))
  recorder.append('\x1b]0;title\x07\x1b[?2004h\x1b[32mname\x1b[0m $ ', true)
  recorder.append('\x1b[', true)
  recorder.append('6n', true)
  expect(answers).toEqual(['\x1b[1;8R'])
  recorder.dispose()
})
