import { expect, it } from 'vitest'
import { previewRows } from './preview-tree.ts'

it('shows folders first, and those that hold only one as one', () => {
  const rows = previewRows(['a.txt', '.github/workflows/ci.yml', 'src/b.ts', 'src/a/x.ts', 'README.md'])
  expect(
    rows.map(({ label, depth, path }) => `${'  '.repeat(depth)}${label}${path === null ? '/' : ''}`),
  ).toEqual(['.github/workflows/', '  ci.yml', 'src/', '  a/', '    x.ts', '  b.ts', 'a.txt', 'README.md'])
})
