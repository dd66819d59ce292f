import { expect, it } from 'vitest'

import { Mask } from './mask.ts'

it('hides values, their lines, and both as JSON writes them', () => {
  const mask = new Mask()
  expect(mask.apply('nothing is hidden')).toBe('nothing is hidden')
  mask.hide(['pa"ss\\word', 'first line\nsecond line\n', 'abcde', 'abcdefgh'])
  const line = JSON.stringify({ message: 'pa"ss\\word', both: 'first line\nsecond line', it: 'abcdefgh.' })
  expect(mask.apply(line)).toBe('{"message":"***","both":"***\\n***","it":"***."}')
  expect(mask.apply('plain pa"ss\\word and second line')).toBe('plain *** and ***')
})

it('leaves alone what would make a log unreadable', () => {
  const mask = new Mask()
  mask.hide(['', '1', 'true', '\n\n'])
  expect(mask.apply('1 is true\n\n')).toBe('1 is true\n\n')
})
