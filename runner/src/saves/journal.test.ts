import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { Journal } from './journal.ts'
import type { JournalEntry } from './journal.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
  path = join(folder, 'journal')
})
afterEach(() => rm(folder, { recursive: true }))

function entry(n: number): JournalEntry {
  const commit = String(n).repeat(40)
  return {
    session: 'S',
    commit,
    parents: [],
    saveIds: [`s${n}`],
    selfContained: true,
    pack: Buffer.alloc(n, n),
  }
}

async function write(...entries: JournalEntry[]): Promise<void> {
  const { journal } = await Journal.open(path)
  for (const each of entries) await journal.append(each)
  await journal.dispose()
}

async function read(): Promise<JournalEntry[]> {
  const { journal, entries } = await Journal.open(path)
  await journal.dispose()
  return entries
}

test('what was appended is there at the next start', async () => {
  await write(entry(1), entry(2))
  await write(entry(3))
  expect(await read()).toEqual([entry(1), entry(2), entry(3)])
})

test('a record that was cut off is forgotten, wherever it was cut, and what follows is whole', async () => {
  await write(entry(1))
  const first = (await readFile(path)).length
  await write(entry(2))
  const whole = await readFile(path)
  for (let length = first; length < whole.length; length++) {
    await writeFile(path, whole)
    await truncate(path, length)
    expect(await read()).toEqual([entry(1)])
    await write(entry(3))
    expect(await read()).toEqual([entry(1), entry(3)])
  }
})

test('garbage at the end is forgotten', async () => {
  await write(entry(1))
  await appendFile(path, Buffer.alloc(100, 7))
  expect(await read()).toEqual([entry(1)])
})

test('cleared, it is empty and goes on', async () => {
  await write(entry(1))
  const { journal } = await Journal.open(path)
  await journal.clear()
  expect(journal.bytes).toBe(0)
  await journal.append(entry(2))
  await journal.dispose()
  expect(await read()).toEqual([entry(2)])
})
