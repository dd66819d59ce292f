import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNewPack } from '../src/git/new-pack.ts'
import { EMPTY_TREE } from '../src/git/object-id.ts'
import type { ObjectReader } from '../src/git/object-reader.ts'
import { createPathLookup } from '../src/git/tree-diff.ts'
import { graftTree } from '../src/git/tree-graft.ts'
import { listChanges } from '../src/history/changes.ts'
import { restoredTree } from '../src/history/restored-tree.ts'
import type { Changes } from '../src/protocol.ts'
import { startGitServer } from './support/git-server.ts'
import type { GitServer } from './support/git-server.ts'
import { MAIN, SavedRepository } from './support/saved-repository.ts'
import type { Files } from './support/saved-repository.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'

const signal = AbortSignal.timeout(600_000)
const NOON = Date.UTC(2026, 4, 1, 12) / 1000

let server: GitServer
beforeAll(async () => {
  server = await startGitServer()
})
afterAll(async () => server?.[Symbol.asyncDispose]())

let made = 0
const repository = (): Promise<SavedRepository> => SavedRepository.create(server.remotes, `r${(made += 1)}`)

async function changes(
  of: SavedRepository,
  from: string | null,
  to: string,
  path?: string,
): Promise<Changes> {
  const { objects, read } = await of.source()
  return listChanges(
    objects,
    from === null ? null : await read(from),
    (await read(to))!,
    path ?? null,
    signal,
  )
}

/** The letters of `git diff --raw`, by path. */
async function stockChanges(of: SavedRepository, from: string, to: string): Promise<Record<string, string>> {
  const raw = await of.view((view) =>
    stockGit(view, 'diff', '--raw', '-z', '--no-abbrev', '--no-renames', from, to),
  )
  const fields = raw.split('\0')
  const found: Record<string, string> = {}
  for (let n = 0; n + 1 < fields.length; n += 2) {
    const [oldMode, newMode, oldOid, newOid, letter] = fields[n]!.slice(1).split(' ')
    found[fields[n + 1]!] = [letter, oldMode, newMode, oldOid, newOid].join(' ')
  }
  return found
}

const ZERO = '0'.repeat(40)
const LETTERS = { added: 'A', modified: 'M', deleted: 'D', type: 'T' }
const asStock = ({ files }: Changes): Record<string, string> =>
  Object.fromEntries(
    files.map(({ path, status, old, new: next }) => [
      path,
      [
        LETTERS[status],
        old?.mode ?? '000000',
        next?.mode ?? '000000',
        old?.oid ?? ZERO,
        next?.oid ?? ZERO,
      ].join(' '),
    ]),
  )

describe('changes between two commits', () => {
  it('are those of stock git: modes, links, files that become folders and the other way round', async () => {
    const saved = await repository()
    const from: Files = {
      same: 'same',
      'deep/same/a': 'a',
      'deep/other/b': 'b',
      edited: 'one',
      gone: 'x',
      'folder/a': 'a',
      'folder/b/c': 'c',
      file: 'f',
      script: 'echo',
      link: { content: 'target', mode: '120000' },
      'ümläut/ñ': '1',
      'a.b': '1',
      'a/b': '1',
      'a-b': '1',
    }
    const { gone: _gone, 'folder/a': _a, 'folder/b/c': _c, file: _file, ...kept } = from
    const to: Files = {
      ...kept,
      edited: 'two',
      folder: 'now a file',
      'file/now/a': 'folder',
      script: { content: 'echo', mode: '100755' },
      link: 'target',
      'ümläut/ñ': '2',
      'a.b': '2',
      'a/b': '2',
      'a-b': '2',
      'deep/other/b': 'bb',
      fresh: { content: Buffer.from([1, 0, 2]), mode: '100644' },
    }
    const before = saved.commit(from, NOON)
    const after = saved.commit(to, NOON + 1)
    await saved.publish()
    for (const [a, b] of [
      [before, after],
      [after, before],
    ] as const)
      expect(asStock(await changes(saved, a, b))).toEqual(await stockChanges(saved, a, b))
    const { files, truncated } = await changes(saved, before, after)
    expect(truncated).toBe(false)
    const byPath = Object.fromEntries(files.map((file) => [file.path, file]))
    expect(byPath['fresh']).toMatchObject({
      status: 'added',
      binary: true,
      tooLarge: false,
      new: { size: 3 },
    })
    expect(byPath['edited']).toMatchObject({ binary: false, old: { size: 3 }, new: { size: 3 } })
    expect(byPath['link']).toMatchObject({ status: 'type' })
    expect((await changes(saved, before, after, 'deep')).files.map(({ path }) => path)).toEqual([
      'deep/other/b',
    ])
    expect((await changes(saved, before, after, 'edited')).files).toHaveLength(1)
    expect((await changes(saved, before, after, 'same')).files).toEqual([])
    expect((await changes(saved, null, before)).files.every(({ status }) => status === 'added')).toBe(true)
  })

  it('never read what is equal, say when they are cut off, and measure deltas without unpacking them', async () => {
    const saved = await repository()
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`d${n % 50}/f${n}`, `${n}`]))
    const text = Array.from({ length: 4000 }, (_, n) => `line ${n}\n`).join('')
    const big = 'x'.repeat(6 * 1024 * 1024)
    const first = saved.commit({ ...many, 'd0/text': text }, NOON)
    const second = saved.commit({ ...many, 'd0/text': `${text}more\n`, big }, NOON + 1)
    await saved.publish()
    const { objects, read } = await saved.source()
    const reads: string[] = []
    const counting = {
      ...objects,
      read: async (oid: string) => {
        reads.push(oid)
        return objects.read(oid)
      },
    }
    const found = await listChanges(counting, await read(first), (await read(second))!, null, signal)
    expect(found.files.map(({ path, tooLarge, binary }) => [path, tooLarge, binary])).toEqual([
      ['big', true, null],
      ['d0/text', false, false],
    ])
    // Two roots, two folders, two texts.
    expect(reads).toHaveLength(6)
    const all = await changes(saved, null, second)
    expect(all).toMatchObject({ truncated: true, from: null })
    expect(all.files).toHaveLength(1000)

    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'clone', '-q', server.url(saved.id), 'clone')
    const clone = `${folder.path}/clone`
    await stockGit(clone, 'repack', '-adfq', '--depth=50')
    const listed = await stockGit(clone, 'cat-file', '--batch-check', '--batch-all-objects')
    const sizes = new Map(listed.split('\n').map((line) => [line.slice(0, 40), Number(line.split(' ')[2])]))
    const packed = await adopt(saved, clone)
    expect(packed.deltas.length).toBeGreaterThan(1)
    for (const oid of packed.deltas) expect(await packed.objects.sizeOf(oid)).toBe(sizes.get(oid))
  })
})

describe('a tree with one path as it is in another', () => {
  const mine: Files = { a: '1', 'd/x': '1', 'd/y': '1', 'd/e/z': '1', 'file.txt': '1', 'd.b': '1' }
  const { a: _a, 'd/e/z': _z, 'd/x': _x, 'd/y': _y, ...rest } = mine
  const theirs: Files = {
    'd/x': '2',
    'd/new/deep': '2',
    'file.txt/inner': '2',
    a: { content: '2', mode: '100755' },
  }
  it.each([
    ['a', { ...mine, a: theirs['a']! }],
    ['d/x', { ...mine, 'd/x': '2' }],
    ['d/e/z', { a: '1', 'd/x': '1', 'd/y': '1', 'file.txt': '1', 'd.b': '1' }],
    ['d', { ...rest, a: '1', 'd/x': '2', 'd/new/deep': '2' }],
    ['d/new/deep', { ...mine, 'd/new/deep': '2' }],
    ['file.txt/inner', { ...rest, a: '1', 'd/x': '1', 'd/y': '1', 'd/e/z': '1', 'file.txt/inner': '2' }],
    ['a/below', mine],
  ] as [string, Files][])('at %s', async (path, expected) => {
    const saved = await repository()
    const withoutFile = Object.fromEntries(
      Object.entries(expected).filter(([name]) => path !== 'file.txt/inner' || name !== 'file.txt'),
    )
    const [base, source, wanted] = [mine, theirs, withoutFile].map((files, n) =>
      saved.commit(files, NOON + n),
    )
    await saved.publish()
    const { objects, read } = await saved.source()
    const treeOf = async (oid: string | undefined): Promise<string> => (await read(oid!))!.tree
    const side = await createPathLookup(objects, path)(await treeOf(source))
    expect((await graftTree(objects, await treeOf(base), path, side)).tree).toBe(await treeOf(wanted))
  })

  it('keeps the files of a submodule that a commit of the user only names', async () => {
    const saved = await repository()
    const link = { content: 'no such commit', mode: '160000' }
    const now = saved.commit({ a: '1', 'sub/x': '1', 'deep/er/sub/y': '1', other: '1' }, NOON)
    const wanted = saved.commit(
      { a: '2', sub: link, 'deep/er/sub': link, 'deep/new': link, other: link },
      NOON,
    )
    const expected = saved.commit(
      { a: '2', 'sub/x': '1', 'deep/er/sub/y': '1', 'deep/new': link, other: link },
      NOON,
    )
    await saved.publish()
    const { objects, read } = await saved.source()
    const [from, to, result] = await Promise.all(
      [now, wanted, expected].map(async (oid) => (await read(oid))!.tree),
    )
    expect((await restoredTree(objects, from!, to!, null)).tree).toBe(result)
    expect(await restoredTree(objects, to!, from!, null)).toEqual({ tree: from, made: [] })
  })

  it('is the empty one when nothing is left', async () => {
    const saved = await repository()
    const commit = saved.commit({ 'a/b/c': '1' }, NOON)
    await saved.publish()
    const { objects, read } = await saved.source()
    const grafted = await graftTree(objects, (await read(commit))!.tree, 'a/b/c', null)
    expect(grafted).toEqual({ tree: EMPTY_TREE, made: [] })
  })
})

/** Another repository of the one pack that stock git made of a clone; which of its objects are deltas. */
async function adopt(
  saved: SavedRepository,
  clone: string,
): Promise<{ objects: ObjectReader; deltas: string[] }> {
  const id = `${saved.id}-packed`
  const packs = `${clone}/.git/objects/pack`
  const name = (await readdir(packs)).find((file) => file.endsWith('.pack'))!
  const pack = await readNewPack(`${packs}/${name}`)
  await server.remotes.create(id, { head: MAIN, refs: { [MAIN]: saved.head! }, pack, by: 'test' })
  const repository = server.remotes.repository(id)
  const listed = await stockGit(clone, 'verify-pack', '-v', `${packs}/${name.replace('.pack', '.idx')}`)
  const deltas = listed.split('\n').filter((line) => /^[0-9a-f]{40} \w+ +\d+ \d+ \d+ \d+ /.test(line))
  return {
    objects: repository.objects((await repository.head())!),
    deltas: deltas.map((line) => line.slice(0, 40)),
  }
}
