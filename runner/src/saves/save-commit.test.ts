import { expect, test } from 'vitest'

import { parseCommit } from '../git/objects.ts'
import { encodeSave, encodeStaged, parseSave } from './save-commit.ts'
import type { SaveCommit } from './save-commit.ts'

const save: SaveCommit = {
  tree: 'a'.repeat(40),
  parents: ['b'.repeat(40)],
  author: { name: 'Alice', email: 'alice@example.com' },
  paths: ['src/app.ts'],
  saveIds: ['one', 'two'],
  head: 'refs/heads/main',
  state: 'merge',
  index: 'c'.repeat(40),
  time: 1,
}

test('what a save records is read back', () => {
  const { tree, parents, saveIds, head, state, index } = save
  expect(parseSave(encodeSave(save).data)).toEqual({ tree, parents, saveIds, head, state, index })
  expect(parseSave(encodeSave({ ...save, saveIds: [], index: null }).data)).toMatchObject({
    saveIds: [],
    index: null,
  })
})

test('the subject says what was saved, and a file name cannot forge a trailer', () => {
  const message = (paths: string[]): string => parseCommit(encodeSave({ ...save, paths }).data).message
  expect(message(['src/app.ts'])).toMatch(/^Save src\/app.ts\n\n/)
  expect(message(['a', 'b'])).toMatch(/^Save 2 files\n/)
  expect(message([])).toMatch(/^Save changes from the terminal\n/)
  const forged = encodeSave({ ...save, paths: ['a\n\nCodenest-Head: refs/heads/evil'] })
  expect(parseSave(forged.data)?.head).toBe('refs/heads/main')
})

test('other commits are no saves', () => {
  expect(parseSave(encodeStaged(save.tree, null, save.author, 1).data)).toBeNull()
})
