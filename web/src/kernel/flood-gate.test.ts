import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFloodGate, type FloodGate } from './flood-gate.ts'

const LINES = 100
/** Ten kilobytes of numbered lines. */
const piece = (from: number) =>
  Array.from({ length: 400 }, (_, n) => `this is the line ${from + n}\r\n`).join('')

describe('createFloodGate', () => {
  let written: string
  let lines: number | null
  let drawn: number
  let gate: FloodGate
  const write = (data: string) => gate.write(data, () => drawn++)
  const lastLines = (text: string) => text.split('\r\n').slice(-LINES - 1)
  beforeEach(() => {
    vi.useFakeTimers()
    written = ''
    drawn = 0
    lines = LINES
    gate = createFloodGate({ write: (data, done) => ((written += data), done()), lines: () => lines })
  })
  afterEach(() => vi.useRealTimers())

  it('passes on at once what is short, and what is not plain', () => {
    write('a')
    write(`\x1b[31m${piece(0)}`)
    expect(written).toBe(`a\x1b[31m${piece(0)}`)
    lines = null
    write(piece(400))
    expect(written.endsWith(piece(400))).toBe(true)
  })

  it('leaves out what the scrollback has no room for, and nothing else', () => {
    const all = Array.from({ length: 50 }, (_, n) => piece(n * 400))
    all.forEach(write)
    expect(written).toBe('')
    expect(drawn).toBe(50)
    write('$ ')
    expect(lastLines(written)).toEqual(lastLines(`${all.join('')}$ `))
    expect(written.length).toBeLessThan(3 * piece(0).length)
  })

  it('shows a flood while it goes on', () => {
    write(piece(0))
    vi.advanceTimersByTime(200)
    expect(written).toBe(piece(0))
  })

  it('leaves the rest of a sequence where it belongs', () => {
    write('\x1b[3')
    write(`1m${piece(0)}`)
    expect(written).toBe(`\x1b[31m${piece(0)}`)
    write(piece(400))
    expect(written).toBe(`\x1b[31m${piece(0)}`)
  })

  it('leaves nothing out of lines that do not end', () => {
    const long = 'x'.repeat(600_000)
    write(long)
    write(long)
    expect(written).toBe(long + long)
  })
})
