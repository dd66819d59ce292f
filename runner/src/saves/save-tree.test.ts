import { expect, test } from 'vitest'

import { createObject, encodeTree, parseTree } from '../git/objects.ts'
import type { GitObject } from '../git/objects.ts'
import { editTree, editTrees, NestedRepositoryError } from './save-tree.ts'

const OID = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)
const tree = (entries: Parameters<typeof encodeTree>[0]): GitObject =>
  createObject('tree', encodeTree(entries))
const src = tree([{ mode: '100755', name: 'run', oid: OTHER }])
const root = tree([
  { mode: '40000', name: 'src', oid: src.oid },
  { mode: '160000', name: 'nested', oid: OTHER },
  { mode: '120000', name: 'link', oid: OTHER },
])
const stored = new Map([src, root].map((each) => [each.oid, each]))
const read = async (oid: string): Promise<GitObject> => stored.get(oid)!

test('an edit changes the trees on its path and nothing else', async () => {
  const made = await editTree(read, root.oid, { path: 'src/app.ts', mode: '100644', oid: OID })
  expect(made).toHaveLength(2)
  expect(parseTree(made[0]!.data)).toEqual([
    { mode: '100644', name: 'app.ts', oid: OID },
    { mode: '100755', name: 'run', oid: OTHER },
  ])
  expect(parseTree(made[1]!.data)).toEqual([
    { mode: '120000', name: 'link', oid: OTHER },
    { mode: '160000', name: 'nested', oid: OTHER },
    { mode: '40000', name: 'src', oid: made[0]!.oid },
  ])
})

test('a file takes the place of a folder, and a folder that of a file', async () => {
  const [file] = await editTree(read, root.oid, { path: 'src', mode: '100644', oid: OID })
  expect(parseTree(file!.data).at(-1)).toEqual({ mode: '100644', name: 'src', oid: OID })
  const folder = await editTree(read, root.oid, { path: 'link/x', mode: '100644', oid: OID })
  expect(parseTree(folder.at(-1)!.data)[0]).toMatchObject({ mode: '40000', name: 'link' })
})

test('the first file of all makes its folders', async () => {
  expect(await editTree(read, null, { path: 'a/b/ü', mode: '100644', oid: OID })).toHaveLength(3)
})

test('the inside of a nested repository is refused', async () => {
  const edit = { path: 'nested/a', mode: '100644', oid: OID }
  await expect(editTree(read, root.oid, edit)).rejects.toBeInstanceOf(NestedRepositoryError)
})

test('several edits make each tree once, and the same as one after the other', async () => {
  const edits = ['src/a', 'src/b', 'src/deep/c', 'd'].map((path) => ({ path, mode: '100644', oid: OID }))
  const made = await editTrees(read, root.oid, edits)
  expect(made).toHaveLength(3)
  const known = new Map(stored)
  let tree = root.oid
  for (const edit of edits) {
    const step = await editTree(async (oid) => known.get(oid)!, tree, edit)
    for (const object of step) known.set(object.oid, object)
    tree = step.at(-1)!.oid
  }
  expect(made.at(-1)!.oid).toBe(tree)
})
