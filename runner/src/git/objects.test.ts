import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { MissingObjectError, ObjectReader } from './object-reader.ts'
import { createObject, encodeCommit, encodeTree, hashObject, parseCommit, parseTree } from './objects.ts'
import type { GitObject } from './objects.ts'
import { decodePack, encodePack } from './pack.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'objects-'))
  git('init', '--quiet', '--bare')
})
afterEach(() => rm(folder, { recursive: true }))

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' })
}

async function unpack(objects: GitObject[]): Promise<void> {
  const pack = await encodePack(objects)
  expect(decodePack(pack)).toEqual(objects)
  execFileSync('git', ['unpack-objects', '-q'], { cwd: folder, input: pack })
}

const blob = createObject('blob', Buffer.from('hello\n'))
const person = { name: 'A <b>\n', email: 'a@example.com' }

test('hashes are git hashes', () => {
  expect(hashObject('blob', Buffer.alloc(0))).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391')
  expect(hashObject('tree', Buffer.alloc(0))).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
})

test('a tree is in the order that git wants, and names keep their bytes', async () => {
  const names = ['a.b', 'a', 'a-b', 'a0', Buffer.from('ü').toString('latin1'), '\xff']
  const inner = createObject('tree', encodeTree([{ mode: '100644', name: 'x', oid: blob.oid }]))
  const entries = names.map((name) => ({ mode: '100644', name, oid: blob.oid }))
  const tree = createObject('tree', encodeTree([...entries, { mode: '40000', name: 'a.d', oid: inner.oid }]))
  await unpack([blob, inner, tree])
  expect(git('mktree').length).toBe(41)
  git('fsck', '--strict')
  const listed = git('ls-tree', tree.oid)
  expect(execFileSync('git', ['mktree'], { cwd: folder, input: listed, encoding: 'utf8' }).trim()).toBe(
    tree.oid,
  )
  expect(encodeTree(parseTree(tree.data))).toEqual(tree.data)
})

test('a folder sorts as if its name ended in a slash', () => {
  const entry = (mode: string, name: string) => ({ mode, name, oid: blob.oid })
  const order = parseTree(encodeTree([entry('40000', 'a'), entry('100644', 'a.b'), entry('100644', 'a0')]))
  expect(order.map(({ name }) => name)).toEqual(['a.b', 'a', 'a0'])
})

test('git reads a commit, whatever the author is called', async () => {
  const tree = createObject('tree', encodeTree([]))
  const fields = {
    tree: tree.oid,
    parents: [],
    author: person,
    committer: person,
    time: 7,
    message: 'S\n\nBody\n',
  }
  const commit = createObject('commit', encodeCommit(fields))
  await unpack([tree, commit])
  git('fsck', '--strict')
  expect(git('log', '-1', '--format=%an|%ae|%at|%s', commit.oid)).toBe('A b|a@example.com|7|S\n')
  expect(parseCommit(commit.data)).toEqual({ tree: tree.oid, parents: [], message: 'S\n\nBody\n' })
})

test('git indexes a pack of objects of every size', async () => {
  const sizes = [0, 15, 16, 2047, 2048, 100_000]
  const blobs = sizes.map((size) => createObject('blob', Buffer.alloc(size, 'x')))
  const pack = await encodePack(blobs)
  execFileSync('git', ['index-pack', '--stdin', '--strict'], { cwd: folder, input: pack })
  for (const [index, { oid }] of blobs.entries())
    expect(git('cat-file', '-s', oid).trim()).toBe(String(sizes[index]))
})

test('the reader answers in order, tells what is missing, and outlives its process', async () => {
  const reader = new ObjectReader(folder)
  try {
    const blobs = [0, 1, 70_000, 300_000].map((size) => createObject('blob', Buffer.alloc(size, 'y')))
    await unpack(blobs)
    const missing = reader.read('1'.repeat(40)).catch((error: unknown) => error)
    expect(await Promise.all(blobs.map(({ oid }) => reader.read(oid)))).toEqual(blobs)
    expect(await missing).toBeInstanceOf(MissingObjectError)
    reader.reset()
    expect(await reader.has(blobs[0]!.oid)).toBe(true)
  } finally {
    reader.dispose()
  }
})
