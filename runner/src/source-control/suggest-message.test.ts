import { expect, test } from 'vitest'

import type { GitChange, GitChangeKind } from './protocol.ts'
import { suggestMessage } from './suggest-message.ts'

const change = (path: string, kind: GitChangeKind = 'modified', from: string | null = null): GitChange => ({
  path,
  kind,
  from,
  submodule: false,
})

test.for([
  [[change('src/a.ts'), change('b.ts')], 'Update a.ts and b.ts'],
  [[change('src/a.ts', 'untracked')], 'Add a.ts'],
  [[change('a', 'deleted'), change('b', 'deleted'), change('c', 'deleted')], 'Delete a, b and c'],
  [[change('x/b.ts', 'renamed', 'x/a.ts')], 'Rename a.ts to b.ts'],
  [['1', '2', '3', '4'].map((name) => change(`src/deep/${name}`)), 'Update 4 files in src/deep'],
  [[change('a', 'added'), change('b', 'deleted')], 'Update a and b'],
  [[], ''],
] as const)('%j', ([changes, message]) => {
  expect(suggestMessage([...changes], [])).toBe(message)
})

test('the shape of past subjects is kept', () => {
  expect(suggestMessage([change('a.ts')], ['feat: x', 'fix(web): y', 'Merge z'])).toBe('chore: update a.ts')
  expect(suggestMessage([change('docs/a.png')], ['feat: x'])).toBe('docs: update a.png')
  expect(suggestMessage([change('a.ts')], ['lower case', 'again'])).toBe('update a.ts')
  expect(suggestMessage([change('a.ts')], ['Upper case', 'again'])).toBe('Update a.ts')
})
