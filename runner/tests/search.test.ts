import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import type { FoundFile, SearchQuery, SearchSummary } from '../src/protocol.ts'
import { createFixture, shell } from './workspace-fixture.ts'
import type { Fixture, Page, RunningRunner } from './workspace-fixture.ts'

let fixture: Fixture
let runner: RunningRunner
let page: Page
beforeEach(async () => {
  fixture = await createFixture()
  await fixture.seed({
    'a.ts': 'const one = 1\nconst One = one\n// once upon a one\n',
    'src/b.ts': 'import { one } from "../a"\r\none(one)\r\n',
    'src/deep/ü.md': 'äöü one €one\n',
    '.hidden/c.ts': 'one\n',
    '.gitignore': 'dist\n*.min.js\n',
  })
  runner = await fixture.run()
  page = await runner.connect()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const plain = (text: string, change: Partial<SearchQuery> = {}): SearchQuery => ({
  text,
  regex: false,
  caseSensitive: false,
  word: false,
  include: [],
  exclude: [],
  ...change,
})

let searches = 0
async function search(
  query: SearchQuery,
  replacement: string | null = null,
): Promise<{ summary: SearchSummary; found: Record<string, FoundFile['matches']> }> {
  searches += 1
  const id = `search-${searches}`
  const found: Record<string, FoundFile['matches']> = {}
  const take = (event: { id: string; files: FoundFile[] }): void => {
    if (event.id !== id) return
    for (const { path, matches } of event.files) (found[path] ??= []).push(...matches)
  }
  page.socket.on('search.found', take)
  const summary = await page.ask('search.run', { id, query, replacement })
  page.socket.off('search.found', take)
  return { summary, found }
}

/** Paths with the number of their matches. */
async function count(query: SearchQuery): Promise<Record<string, number>> {
  const { found } = await search(query)
  return Object.fromEntries(Object.entries(found).map(([path, matches]) => [path, matches.length]))
}

test('finds text as it is, in files that git would track, with places as an editor counts them', async () => {
  await shell(
    runner.work,
    'mkdir dist; echo one > dist/x.ts; echo one > y.min.js; ln -s a.ts link.ts; printf "one\\0" > bin; echo one > .git/one',
  )
  const { summary, found } = await search(plain('one'))
  expect(summary).toEqual({ matches: 10, limited: false, cancelled: false, longLines: 0 })
  expect(Object.keys(found).toSorted()).toEqual(['.hidden/c.ts', 'a.ts', 'src/b.ts', 'src/deep/ü.md'])
  expect(found['src/deep/ü.md']).toEqual([
    {
      line: 1,
      column: 5,
      length: 3,
      offset: 7,
      preview: 'äöü one €one',
      start: 4,
      end: 7,
      replacement: null,
    },
    {
      line: 1,
      column: 10,
      length: 3,
      offset: 14,
      preview: 'äöü one €one',
      start: 9,
      end: 12,
      replacement: null,
    },
  ])
  expect(found['src/b.ts']?.map(({ line, column, preview }) => [line, column, preview])).toEqual([
    [1, 10, 'import { one } from "../a"'],
    [2, 1, 'one(one)'],
    [2, 5, 'one(one)'],
  ])
})

test('case, words, expressions, and which files', async () => {
  expect(await count(plain('One', { caseSensitive: true }))).toEqual({ 'a.ts': 1 })
  expect(await count(plain('on', { word: true }))).toEqual({})
  expect(await count(plain('one', { word: true, include: ['a.ts'] }))).toEqual({ 'a.ts': 4 })
  expect(await count(plain('^o.e$', { regex: true }))).toEqual({ '.hidden/c.ts': 1 })
  expect(await count(plain('o.e', { regex: false }))).toEqual({})
  expect(await count(plain('one', { include: ['src'] }))).toEqual({ 'src/b.ts': 3, 'src/deep/ü.md': 2 })
  expect(await count(plain('one', { include: ['*.md'] }))).toEqual({ 'src/deep/ü.md': 2 })
  expect(await count(plain('one', { exclude: ['src', '*.md', '.hidden'] }))).toEqual({ 'a.ts': 4 })
  expect(await count(plain('one', { include: ['src'], exclude: ['deep'] }))).toEqual({ 'src/b.ts': 3 })
  // A folder that is named does not bring back what git ignores in it.
  await shell(runner.work, 'echo one > src/z.min.js')
  expect(Object.keys(await count(plain('one', { include: ['src'] })))).not.toContain('src/z.min.js')
  await expect(search(plain('(', { regex: true }))).rejects.toMatchObject({
    code: 'bad_request',
    message: expect.stringMatching(/^That cannot be searched for: unclosed group\.$/) as string,
  })
  await expect(search(plain('one', { include: ['{'] }))).rejects.toMatchObject({ code: 'bad_request' })
  await expect(search(plain('one', { include: ['../..'] }))).rejects.toMatchObject({
    code: 'outside_workspace',
  })
  // What begins like an option is none.
  expect(await count(plain('--version'))).toEqual({})
})

test('long lines are shown in part, and searches end in time', async () => {
  await writeFile(join(runner.work, 'long.txt'), `${'x'.repeat(5_000)}needle${'y'.repeat(5_000)}\n`)
  const { found } = await search(plain('needle'))
  const [match] = found['long.txt'] ?? []
  expect(match?.column).toBe(5_001)
  expect(match?.preview).toHaveLength(260)
  expect(match?.preview.slice(match.start, match.end)).toBe('needle')

  await writeFile(join(runner.work, 'many.txt'), 'needle needle\n'.repeat(10_000))
  const many = await search(plain('needle'))
  expect(many.summary).toMatchObject({ matches: 10_000, limited: true })
  await writeFile(join(runner.work, 'one-line.txt'), `needle${'z'.repeat(2_000_000)}`)
  await shell(runner.work, 'rm many.txt')
  expect((await search(plain('needle'))).summary).toMatchObject({ matches: 1, longLines: 1 })
})

test('the next search of a page ends the one before, and so does leaving', async () => {
  await mkdir(join(runner.work, 'big'))
  for (let index = 0; index < 60; index += 1)
    await writeFile(join(runner.work, `big/${index}.txt`), `${'abcdefghij '.repeat(20)}\n`.repeat(20_000))
  const slow = search(plain('(a|b|c)+(d|e|f|g|h)+ij z', { regex: true }))
  const quick = search(plain('upon', { include: ['a.ts'] }))
  expect((await slow).summary.cancelled).toBe(true)
  expect((await quick).found['a.ts']).toHaveLength(1)
  expect(await shell('/', `pgrep -P ${runner.process.pid} rg || true`)).toBe('')
  const third = search(plain('(a|b|c)+(d|e|f|g|h)+ij z', { regex: true }))
  await page.ask('search.cancel', {})
  expect((await third).summary.cancelled).toBe(true)
})

test('a replacement is shown before it is made, and is one save', async () => {
  const query = plain('(o)ne', { regex: true, word: true, caseSensitive: true })
  const { found } = await search(query, '<$1$$>')
  expect(found['a.ts']?.map(({ replacement }) => replacement)).toEqual(['<o$>', '<o$>', '<o$>'])
  expect((await search(plain('one'), '$1')).found['a.ts']?.[0]?.replacement).toBe('$1')
  await page.save('first.txt', 'first\n')
  const { ref, commit } = await page.durable()

  const files = Object.entries(found).map(([path, matches]) => ({
    path,
    offsets: matches.map(({ offset }) => offset),
  }))
  // One match is left out, and one file has changed meanwhile.
  files.find(({ path }) => path === 'a.ts')?.offsets.shift()
  await shell(runner.work, 'echo none > .hidden/c.ts; chmod +x src/b.ts')
  const replaced = await page.ask('search.replace', { saveId: 'r1', query, replacement: '<$1$$>', files })
  expect(replaced).toEqual({
    matches: 7,
    files: 3,
    left: [{ path: '.hidden/c.ts', reason: 'It has changed since it was searched. Search again.' }],
  })
  expect(await readFile(join(runner.work, 'a.ts'), 'utf8')).toBe(
    'const one = 1\nconst One = <o$>\n// once upon a <o$>\n',
  )
  expect(await readFile(join(runner.work, 'src/b.ts'), 'utf8')).toBe(
    'import { <o$> } from "../a"\r\n<o$>(<o$>)\r\n',
  )
  expect(await readFile(join(runner.work, 'src/deep/ü.md'), 'utf8')).toBe('äöü <o$> €<o$>\n')
  await page.savesBecome(({ state, pending }) => state === 'durable' && pending.length === 0)
  const log = await fixture.remote('log', '--first-parent', '--format=%s', `${commit ?? ''}..${ref}`)
  const [last, ...before] = log.split('\n')
  expect(last).toBe('Replace “(o)ne” with “<$1$$>”')
  // What the terminal had changed is saved by itself, before; in more than one save if the disk is slow.
  expect(new Set(before)).toEqual(new Set(['Save changes from the terminal']))
  const changed = await fixture.remote('diff', '--name-only', `${ref}~`, ref)
  expect(changed.split('\n')).toEqual(['a.ts', 'src/b.ts', '"src/deep/\\303\\274.md"'])
  expect(await fixture.remote('ls-tree', ref, 'src/b.ts')).toContain('100755')
  await fixture.remote('fsck', '--strict')
})
