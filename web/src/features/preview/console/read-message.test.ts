import { expect, it } from 'vitest'
import { readMessage } from './read-message.ts'

it('reads what the script sends', () => {
  expect(readMessage({ codenest: 'console', hello: true })).toEqual({ kind: 'hello' })
  expect(readMessage({ codenest: 'console', skipped: 3 })).toEqual({ kind: 'skipped', count: 3 })
  const said = {
    codenest: 'console',
    level: 'warn',
    text: 'a',
    url: 'http://a/b.js',
    line: 2,
    column: 7,
  }
  expect(readMessage(said)).toEqual({
    kind: 'line',
    level: 'warn',
    text: 'a',
    place: { url: 'http://a/b.js', line: 2, column: 7 },
  })
})

it('takes nothing else, and no more than there is room for', () => {
  const line = { codenest: 'console', level: 'log', text: 'a' }
  for (const other of [
    null,
    'text',
    [],
    {},
    { type: 'webpackOk' },
    { ...line, level: 'fatal' },
    { ...line, level: ['log'] },
    { ...line, text: 1 },
    { ...line, text: { toString: 1 } },
    { codenest: 'console' },
    { codenest: 'console', skipped: -1 },
    { ...line, codenest: 'other' },
  ])
    expect(readMessage(other)).toBeNull()
  expect(readMessage({ ...line, text: 'x'.repeat(1_000_000) })).toMatchObject({ text: 'x'.repeat(10_100) })
  expect(readMessage({ ...line, url: 'no url' })).toMatchObject({ place: null })
  expect(readMessage({ ...line, url: `http://a/${'x'.repeat(3_000)}` })).toMatchObject({ place: null })
  expect(readMessage({ ...line, url: 'http://a/', line: NaN, column: '1' })).toMatchObject({
    place: { line: 1, column: 1 },
  })
})
