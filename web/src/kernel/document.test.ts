import type { FileContent } from '@codenest/runner/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AUTOSAVE_MILLISECONDS, createDocument, type DocumentState } from './document.ts'
import { DisconnectedError, RunnerError } from './errors.ts'
import { createSaveLedger } from './save-ledger.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A disk with one file, whose version is its content; and a document on it. */
function setUp() {
  const disk = { content: 'one' as string | null, writes: [] as string[] }
  let answer: 'normal' | 'slow' | 'lost before' | 'lost after' | 'refused' = 'normal'
  let content = 'one'
  let revision = 1
  let states: DocumentState[] = []
  let follow = () => Promise.resolve()
  const ledger = createSaveLedger()
  const read = (): Promise<FileContent> =>
    disk.content === null
      ? Promise.reject(new RunnerError('not_found', 'gone'))
      : Promise.resolve({ content: disk.content, version: disk.content, writable: true })
  let id = 0
  const document = createDocument(
    'a.ts',
    'one',
    {
      revision: () => revision,
      content: () => content,
      replace: (next) => {
        content = next
        revision++
      },
    },
    {
      read,
      save: async (payload) => {
        if (answer === 'slow') await new Promise((resolve) => setTimeout(resolve, 50))
        if (answer === 'lost before') throw new DisconnectedError()
        if (answer === 'refused') throw new RunnerError('file_too_large', 'It is too large.')
        if (payload.baseVersion !== disk.content) throw new RunnerError('file_changed', 'It was changed.')
        disk.content = payload.content
        disk.writes.push(payload.content)
        if (answer === 'lost after') throw new DisconnectedError()
        return { version: payload.content }
      },
      ledger,
      newSaveId: () => String(++id),
      follow: () => follow(),
      onState: (state) => (states = [...states, state]),
    },
  )
  return {
    disk,
    document,
    ledger,
    answer: (next: typeof answer) => (answer = next),
    states: () => states,
    follow: (next: typeof follow) => (follow = next),
    type: (next: string) => {
      content = next
      revision++
      document.edited()
    },
    content: () => content,
    status: () => states.at(-1)?.status,
    state: () => states.at(-1),
  }
}

describe('autosave', () => {
  it('hands over a second after the last key', async () => {
    const { disk, type, status } = setUp()
    type('two')
    await vi.advanceTimersByTimeAsync(AUTOSAVE_MILLISECONDS - 1)
    type('three')
    await vi.advanceTimersByTimeAsync(AUTOSAVE_MILLISECONDS - 1)
    expect([disk.writes, status()]).toEqual([[], 'dirty'])
    await vi.advanceTimersByTimeAsync(1)
    expect([disk.writes, status()]).toEqual([['three'], 'clean'])
  })

  it('saves one after the other, and what is typed meanwhile with the next', async () => {
    const { answer, disk, document, type, status } = setUp()
    answer('slow')
    type('two')
    const first = document.save()
    await vi.advanceTimersByTimeAsync(10)
    type('three')
    const all = Promise.all([first, document.save(), document.save()])
    expect(status()).toBe('saving')
    await vi.advanceTimersByTimeAsync(200)
    await all
    expect([disk.writes, status()]).toEqual([['two', 'three'], 'clean'])
  })

  it('is unsaved when something was typed before the answer came, and not saved by that answer', async () => {
    const { answer, disk, document, type, status } = setUp()
    answer('slow')
    type('two')
    const save = document.save()
    await vi.advanceTimersByTimeAsync(10)
    type('three')
    await vi.advanceTimersByTimeAsync(100)
    await save
    expect([disk.writes, status()]).toEqual([['two'], 'dirty'])
  })

  it('writes nothing when nothing was typed', async () => {
    const { disk, document } = setUp()
    await document.save()
    expect(disk.writes).toEqual([])
  })

  it('says why a file was refused, and keeps the text', async () => {
    const { answer, document, type, state, content } = setUp()
    answer('refused')
    type('two')
    await document.save()
    expect([state(), content()]).toEqual([
      { status: 'refused', problem: 'It is too large.', deleted: false },
      'two',
    ])
  })
})

describe('a changed disk', () => {
  it('is taken over while nothing is typed', async () => {
    const { disk, document, content, status } = setUp()
    disk.content = 'outside'
    await document.checkDisk()
    expect([content(), status()]).toEqual(['outside', 'clean'])
  })

  it('is a conflict when something is typed, and nothing is overwritten', async () => {
    const { disk, document, type, content, status } = setUp()
    type('mine')
    disk.content = 'outside'
    await document.save()
    await vi.runAllTimersAsync()
    expect([disk.content, content(), status()]).toEqual(['outside', 'mine', 'conflict'])
  })

  it.each([
    ['keep', 'mine'],
    ['reload', 'outside'],
  ] as const)('ends as the person chose: %s', async (choice, expected) => {
    const { disk, document, type, content, status } = setUp()
    type('mine')
    disk.content = 'outside'
    await document.checkDisk()
    await document.resolve(choice)
    expect([disk.content, content(), status()]).toEqual([expected, expected, 'clean'])
  })

  it('tells of a deleted file, and makes it again when it is edited', async () => {
    const { disk, document, type, state } = setUp()
    disk.content = null
    await document.checkDisk()
    expect(state()?.deleted).toBe(true)
    type('again')
    await document.save()
    expect([disk.content, state()]).toEqual(['again', { status: 'clean', problem: null, deleted: false }])
  })
})

describe('a file that goes while something is typed in it', () => {
  it('is not made again unasked', async () => {
    const { disk, document, type, state } = setUp()
    type('mine')
    disk.content = null
    await document.checkDisk()
    await vi.runAllTimersAsync()
    expect([disk.content, state()?.status, state()?.deleted]).toEqual([null, 'conflict', true])
    await document.resolve('keep')
    expect([disk.content, state()]).toEqual(['mine', { status: 'clean', problem: null, deleted: false }])
  })

  it('goes on when it is back as it was', async () => {
    const { disk, document, type, state } = setUp()
    type('mine')
    disk.content = null
    await document.checkDisk()
    expect(document.lostVersion()).toBe('one')
    disk.content = 'one'
    await document.checkDisk()
    await vi.runAllTimersAsync()
    expect([disk.content, state()]).toEqual(['mine', { status: 'clean', problem: null, deleted: false }])
  })
})

describe('a file that is renamed', () => {
  it('is never said to be deleted, and goes on with what is typed', async () => {
    const { disk, document, follow, states, type } = setUp()
    type('mine')
    disk.content = null
    follow(async () => {
      disk.content = 'one'
      document.moved('b.ts')
      document.found(document.lostVersion() ?? '')
    })
    await document.checkDisk()
    await vi.runAllTimersAsync()
    expect(states().filter(({ deleted }) => deleted)).toEqual([])
    expect([document.path(), disk.content, document.lostVersion()]).toEqual(['b.ts', 'mine', null])
  })
})

describe('a lost connection', () => {
  it('keeps the text until it is handed over', async () => {
    const { answer, disk, document, type, status } = setUp()
    answer('lost before')
    type('two')
    await document.save()
    expect([disk.content, status()]).toEqual(['one', 'dirty'])
    answer('normal')
    await document.checkDisk()
    await document.save()
    expect([disk.content, status()]).toEqual(['two', 'clean'])
  })

  it('knows its own text on the disk when only the answer was lost', async () => {
    const { answer, disk, document, ledger, type, status } = setUp()
    answer('lost after')
    type('two')
    await document.save()
    type('three')
    answer('normal')
    await document.checkDisk()
    await vi.runAllTimersAsync()
    expect([disk.content, status()]).toEqual(['three', 'clean'])
    // Of the two ids only the answered one is waited for.
    expect(ledger.outstanding()).toBe(1)
  })

  it('hands over again what may have died with the runner', async () => {
    const { disk, document, type, status } = setUp()
    type('two')
    await document.save()
    // The runner came back from an earlier save.
    disk.content = 'one'
    await document.saveAgain()
    await vi.runAllTimersAsync()
    expect([disk.content, status()]).toEqual(['two', 'clean'])
  })
})
