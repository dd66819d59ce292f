import { expect, test } from 'vitest'

import { parseCommit } from '../git/objects.ts'
import { encodeSave, encodeStaged, parseSave, subjectOf } from './save-commit.ts'
import type { SaveCommit } from './save-commit.ts'

const save: SaveCommit = {
  tree: 'a'.repeat(40),
  parents: ['b'.repeat(40)],
  author: { name: 'Alice', email: 'alice@example.com' },
  subject: 'Save src/app.ts',
  saveIds: ['one', 'two'],
  head: 'refs/heads/main',
  headCommit: 'd'.repeat(40),
  state: 'merge',
  index: 'c'.repeat(40),
  clone: 'e'.repeat(40),
  nested: '3'.repeat(40),
  previous: 'f'.repeat(40),
  merged: ['1'.repeat(40), '2'.repeat(40)],
  time: 1,
}

test('what a save records is read back', () => {
  const { author: _author, subject: _subject, time: _time, ...record } = save
  expect(parseSave(encodeSave(save).data)).toEqual(record)
  const least = {
    saveIds: [],
    headCommit: null,
    index: null,
    clone: null,
    nested: null,
    previous: null,
    merged: [],
  }
  expect(parseSave(encodeSave({ ...save, ...least }).data)).toMatchObject(least)
})

test('the subject says what was saved, and a file name cannot forge a trailer', () => {
  const message = (paths: string[]): string =>
    parseCommit(encodeSave({ ...save, subject: subjectOf(paths) }).data).message
  expect(message(['src/app.ts'])).toMatch(/^Save src\/app.ts\n\n/)
  expect(message(['a', 'b'])).toMatch(/^Save 2 files\n/)
  expect(message([])).toMatch(/^Save changes from the terminal\n/)
  const forged = encodeSave({ ...save, subject: subjectOf(['a\n\nCodenest-Head: refs/heads/evil']) })
  expect(parseSave(forged.data)?.head).toBe('refs/heads/main')
})

test('other commits are no saves', () => {
  expect(parseSave(encodeStaged(save.tree, null, save.author, 1).data)).toBeNull()
})
