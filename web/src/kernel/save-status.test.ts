import { expect, it } from 'vitest'
import { saveStatus, type SaveFacts } from './save-status.ts'

const quiet: SaveFacts = {
  connected: true,
  dirty: 0,
  conflicts: 0,
  refused: 0,
  outstanding: 0,
  saves: {
    state: 'durable',
    pending: [],
    commit: '0123456789abcdef',
    ref: 'refs/codenest/saves/A',
    durableAt: 1,
    problem: null,
    queue: { saves: 0, bytes: 0, limit: 1 },
    notKept: [],
  },
}
const label = (facts: Partial<SaveFacts>) => saveStatus({ ...quiet, ...facts }).label

it('says that an edit is unsaved, whatever becomes of the save before it', () => {
  expect(label({ dirty: 1, outstanding: 1 })).toBe('Unsaved changes')
  expect(label({ dirty: 1, outstanding: 0 })).toBe('Unsaved changes')
})

it('says "Saved" only when nothing speaks against it', () => {
  expect(label({})).toBe('Saved')
  const against: Partial<SaveFacts>[] = [
    { dirty: 1 },
    { conflicts: 1 },
    { refused: 1 },
    { outstanding: 1 },
    { saves: null },
    { saves: { ...quietSaves(), state: 'saving' } },
    { saves: { ...quietSaves(), state: 'failing' } },
  ]
  for (const facts of against) expect(saveStatus({ ...quiet, ...facts }).state).not.toBe('saved')
})

it('tells what is the matter, the worst first', () => {
  expect(label({ dirty: 1 })).toBe('Unsaved changes')
  expect(label({ dirty: 1, connected: false })).toBe('Unsaved changes – reconnecting')
  expect(label({ dirty: 1, conflicts: 1 })).toBe('Unsaved changes – changed on disk')
  expect(label({ outstanding: 1 })).toBe('Saving…')
  expect(label({ dirty: 1, saves: { ...quietSaves(), state: 'failing' } })).toBe('Unsaved changes')
})

it('passes on why a push fails', () => {
  const saves = { ...quietSaves(), state: 'failing' as const, problem: 'The bucket answered 503.' }
  expect(saveStatus({ ...quiet, saves })).toEqual({
    state: 'failing',
    label: 'Not yet durable – retrying',
    detail: 'The bucket answered 503.',
  })
})

function quietSaves() {
  if (!quiet.saves) throw new Error('the quiet facts have a status')
  return quiet.saves
}

it('says how much waits, and what is not kept', () => {
  const waiting = saveStatus({
    ...quiet,
    saves: {
      ...quietSaves(),
      state: 'failing',
      problem: 'Away.',
      queue: { saves: 3, bytes: 2000, limit: 2 ** 28 },
    },
  })
  expect(waiting).toMatchObject({
    label: 'Not yet durable – 3 waiting',
    detail: 'Away. 2 kB of at most 256 MB wait on its disk.',
  })
  const notKept = [{ path: 'a.bin', reason: 'too_large' as const, message: 'too large to keep' }]
  expect(label({ saves: { ...quietSaves(), notKept } })).toBe('Saved · 1 file not kept')
  const nested = [{ path: 'lib', reason: 'repository' as const, message: 'only its files are kept' }]
  expect(label({ saves: { ...quietSaves(), notKept: nested } })).toBe('Saved · 1 repository kept in part')
})
