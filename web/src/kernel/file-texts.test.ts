import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Api } from './api.ts'
import { createFileTexts } from './file-texts.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A platform that answers after a while, and notes what it was asked and what was given up. */
function setUp() {
  const asked: string[] = []
  const fileAt: Api['fileAt'] = (_id, commit, _path, signal) =>
    new Promise((resolve, reject) => {
      asked.push(commit)
      const timer = setTimeout(() => resolve({ content: `text of ${commit}`, problem: null }), 200)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        asked.push(`${commit} given up`)
        reject(new Error('aborted'))
      })
    })
  const texts = createFileTexts({ fileAt } as Api, 'w')
  return { asked, texts }
}
const never = new AbortController().signal

it('fetches a text once', async () => {
  const { asked, texts } = setUp()
  const both = Promise.all([texts.load('a', 'f', never), vi.advanceTimersByTimeAsync(1_000)])
  expect((await both)[0]).toBe('text of a')
  expect(await texts.load('a', 'f', never)).toBe('text of a')
  expect(asked).toEqual(['a'])
})

it('does not ask for what is only passed', async () => {
  const { asked, texts } = setUp()
  const passing = ['a', 'b', 'c'].map((commit) => {
    const aborting = new AbortController()
    const text = texts.load(commit, 'f', aborting.signal).catch(() => 'passed')
    aborting.abort()
    return text
  })
  const last = texts.load('d', 'f', never)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await Promise.all([...passing, last])).toEqual(['passed', 'passed', 'passed', 'text of d'])
  expect(asked).toEqual(['d'])
})

it('fetches neighbours ahead, gives them up for others, and still has what is wanted', async () => {
  const { asked, texts } = setUp()
  texts.prefetch(['a', 'b'], 'f')
  const wanted = texts.load('a', 'f', never)
  texts.prefetch(['c'], 'f')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await wanted).toBe('text of a')
  expect(await texts.load('c', 'f', never)).toBe('text of c')
  expect(asked).toEqual(['a', 'b', 'a given up', 'b given up', 'c', 'a'])
})
