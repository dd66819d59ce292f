import type { HistoryEntry, HistoryPage } from '@codenest/platform/protocol'
import { expect, it } from 'vitest'
import { createTimeline } from './timeline.ts'

const entry = (id: string) => ({ id }) as HistoryEntry
const ids = (entries: HistoryEntry[]) => entries.map(({ id }) => id).join('')

/** Pages by cursor, '' for the first. */
function setUp(pages: Record<string, [ids: string, next: string | null]>) {
  const asked: string[] = []
  const timeline = createTimeline((cursor = ''): Promise<HistoryPage> => {
    asked.push(cursor)
    const [content, next] = pages[cursor] ?? ['', null]
    return Promise.resolve({ entries: content.split('').map(entry), next })
  })
  return { timeline, asked, pages }
}

it('loads page by page, over pages without entries, to the end', async () => {
  const { timeline, asked } = setUp({ '': ['abc', '1'], 1: ['', '2'], 2: ['', '3'], 3: ['de', null] })
  await timeline.more()
  expect([ids(timeline.entries()), timeline.hasMore()]).toEqual(['abc', true])
  await Promise.all([timeline.more(), timeline.more()])
  expect([ids(timeline.entries()), timeline.hasMore()]).toEqual(['abcde', false])
  await timeline.more()
  expect(asked).toEqual(['', '1', '2', '3'])
})

it('puts newer ones in front, and starts anew when there may be a gap', async () => {
  const { timeline, pages } = setUp({ '': ['bc', '1'], 1: ['de', null] })
  await timeline.more()
  await timeline.more()
  pages[''] = ['abc', '1']
  await timeline.refresh()
  expect(ids(timeline.entries())).toBe('abcde')
  pages[''] = ['xyz', '9']
  await timeline.refresh()
  expect([ids(timeline.entries()), timeline.hasMore()]).toEqual(['xyz', true])
})

it('looks again for what came while it was loading', async () => {
  const { timeline, pages } = setUp({ '': ['b', null] })
  const loading = timeline.more()
  pages[''] = ['ab', null]
  await timeline.refresh()
  await loading
  await expect.poll(() => ids(timeline.entries())).toBe('ab')
})

it('says what went wrong, and can be asked again', async () => {
  let works = false
  const timeline = createTimeline(() =>
    works ? Promise.resolve({ entries: [entry('a')], next: null }) : Promise.reject(new Error('Away.')),
  )
  await timeline.more()
  expect([timeline.error(), timeline.loaded()]).toEqual(['Away.', false])
  works = true
  await timeline.more()
  expect([timeline.error(), ids(timeline.entries())]).toEqual([null, 'a'])
})
