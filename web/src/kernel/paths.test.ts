import { expect, it } from 'vitest'
import {
  ancestorsOf,
  copyName,
  distinguish,
  isInside,
  joinPath,
  movedPath,
  nameProblem,
  parentOf,
} from './paths.ts'

it('takes paths apart and puts them together', () => {
  expect([parentOf('a/b/c.ts'), parentOf('c.ts'), joinPath('', 'a'), joinPath('a', 'b')]).toEqual([
    'a/b',
    '',
    'a',
    'a/b',
  ])
  expect(ancestorsOf('a/b/c.ts')).toEqual(['a', 'a/b'])
})

it('does not mistake a longer name for a folder', () => {
  expect([isInside('src/a.ts', 'src'), isInside('src2/a.ts', 'src'), isInside('src', 'src')]).toEqual([
    true,
    false,
    true,
  ])
  expect(movedPath('src/a/b.ts', 'src/a', 'lib')).toBe('lib/b.ts')
  expect(movedPath('src/ab.ts', 'src/a', 'lib')).toBe('src/ab.ts')
})

it.each(['', '  ', '/a', 'a/', 'a//b', '../a', 'a/./b', '.git', 'x/.GIT/y', 'a\0b'])(
  'refuses the name %j',
  (name) => {
    expect(nameProblem(name)).not.toBeNull()
  },
)

it.each(['a', '.gitignore', 'a/b/c.ts', 'with space', 'ünïcode'])('allows the name %j', (name) => {
  expect(nameProblem(name)).toBeNull()
})

it('tells equal names apart by as little as it takes', () => {
  expect(Object.fromEntries(distinguish(['a/x/index.ts', 'b/x/index.ts', 'readme.md', 'index.ts']))).toEqual({
    'a/x/index.ts': 'a/x',
    'b/x/index.ts': 'b/x',
    'readme.md': '',
    'index.ts': '.',
  })
})

it.each([
  ['a.ts', 1, 'a copy.ts'],
  ['a.test.ts', 2, 'a.test copy 2.ts'],
  ['folder', 1, 'folder copy'],
  ['.env', 3, '.env copy 3'],
])('calls copy %s %i %s', (name, turn, copy) => {
  expect(copyName(name, turn)).toBe(copy)
})
