import type { FileContent } from '@codenest/runner/protocol'
import { expect, it } from 'vitest'
import { createRenames } from './renames.ts'

/** A disk whose files have their content as version. */
function setUp(files: Record<string, string>) {
  let time = 0
  const read = (path: string): Promise<FileContent> => {
    const content = files[path]
    return content === undefined
      ? Promise.reject(new Error('not there'))
      : Promise.resolve({ content, version: content, writable: true })
  }
  return { ...createRenames(read, () => time), pass: (milliseconds: number) => (time += milliseconds) }
}

it('finds a file under its new name by what is in it', async () => {
  const { note, find } = setUp({ 'other.ts': 'other', 'b.ts': 'text' })
  note([
    { path: 'a.ts', kind: 'deleted' },
    { path: 'other.ts', kind: 'created' },
    { path: 'b.ts', kind: 'created' },
  ])
  expect(await find('a.ts', 'text')).toBe('b.ts')
})

it('finds a file in a folder that was renamed', async () => {
  const { note, find } = setUp({ 'lib/deep/a.ts': 'text' })
  note([
    { path: 'src', kind: 'deleted' },
    { path: 'lib', kind: 'created' },
  ])
  expect(await find('src/deep/a.ts', 'text')).toBe('lib/deep/a.ts')
})

it('finds a file that was moved into a folder that was just made', async () => {
  const { note, find } = setUp({ 'new/a.ts': 'text' })
  note([
    { path: 'a.ts', kind: 'deleted' },
    { path: 'new', kind: 'created' },
  ])
  expect(await find('a.ts', 'text')).toBe('new/a.ts')
})

it('takes neither an old file, nor an empty one, nor another one for it', async () => {
  const { note, find, pass } = setUp({ 'b.ts': 'text', 'empty.ts': '' })
  note([{ path: 'b.ts', kind: 'created' }])
  expect(await find('a.ts', 'else')).toBe(null)
  pass(5_000)
  note([
    { path: 'a.ts', kind: 'deleted' },
    { path: 'empty.ts', kind: 'created' },
  ])
  expect(await find('a.ts', 'text')).toBe(null)
  expect(await find('a.ts', '')).toBe(null)
})
