import type { FileEntry } from '@codenest/runner/protocol'
import { expect, it } from 'vitest'
import { flattenTree, typeAhead } from './tree.ts'

const entry = (name: string, kind: FileEntry['kind'] = 'file', ignored = false): FileEntry => ({
  name,
  kind,
  ignored,
})
const foldersOf = (all: Record<string, FileEntry[]>) =>
  new Map(Object.entries(all).map(([path, entries]) => [path, { state: 'ready' as const, entries }]))
const folders = foldersOf({
  '': [entry('node_modules', 'folder', true), entry('src', 'folder'), entry('a.ts')],
  src: [entry('b.ts')],
  node_modules: [entry('x', 'folder')],
})

it('shows what is expanded and loaded, with the places that ARIA wants', () => {
  const rows = flattenTree(folders, new Set(['src']))
  expect(rows.map((row) => [row.path, row.level, row.position, row.siblings, row.expanded])).toEqual([
    ['node_modules', 1, 1, 3, false],
    ['src', 1, 2, 3, true],
    ['src/b.ts', 2, 1, 1, false],
    ['a.ts', 1, 3, 3, false],
  ])
})

it('counts everything in an ignored folder as ignored', () => {
  const rows = flattenTree(folders, new Set(['node_modules']))
  expect(rows.filter((row) => row.ignored).map((row) => row.path)).toEqual(['node_modules', 'node_modules/x'])
})

it('goes on to the next match with one letter, and narrows down with more', () => {
  const rows = flattenTree(
    foldersOf({ '': ['abc', 'add', 'b', 'abd'].map((name) => entry(name)) }),
    new Set(),
  )
  expect(typeAhead(rows, 0, 'a')).toBe(1)
  expect(typeAhead(rows, 3, 'a')).toBe(0)
  expect(typeAhead(rows, 0, 'abd')).toBe(3)
  expect(typeAhead(rows, 0, 'z')).toBe(-1)
})
