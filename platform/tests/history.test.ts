import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HistoryEntry, SaveSession } from '../src/protocol.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit } from './support/shell.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform({ bare: true })
})
afterAll(async () => platform?.[Symbol.asyncDispose]())

async function createWorkspace(): Promise<string> {
  const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
  const id = String(body['id'])
  await platform.until(id, 'running')
  return id
}

async function messages(id: string): Promise<string[]> {
  return savesOf(await platform.api('GET', `/workspaces/${id}/history`)).map(({ message }) => message)
}

function savesOf({ body }: { body: Record<string, unknown> }): HistoryEntry[] {
  return body['entries'] as HistoryEntry[]
}

describe('the history of a workspace', () => {
  it('goes on over commits of the user and over sessions, and tells files as they were', async () => {
    const id = await createWorkspace()
    const work = join(platform.dataDir, 'run', id, 'work')
    {
      using page = await openPage(platform, id)
      await page.save('note.txt', 'one\n')
      await stockGit(work, 'add', '.')
      await stockGit(work, 'commit', '-qm', 'Mine')
      await page.save('note.txt', 'two\n')
    }
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
    const saves = savesOf(await platform.api('GET', `/workspaces/${id}/history`))
    const notes = saves.filter(({ message }) => message === 'Save note.txt')
    expect(notes.length).toBe(2)
    const at = async (commit: string, path: string): Promise<unknown> =>
      (await platform.api('GET', `/workspaces/${id}/commits/${commit}/files/${encodeURIComponent(path)}`))
        .body
    const texts = await Promise.all(notes.map((save) => at(save.id, 'note.txt')))
    expect(texts).toEqual([
      { content: 'two\n', problem: null },
      { content: 'one\n', problem: null },
    ])
    expect(await at(notes[0]?.id ?? '', 'nothing/here.txt')).toEqual({ content: null, problem: null })
    const wrong = [`${'1'.repeat(40)}/files/a`, 'HEAD/files/a']
    const refused = await Promise.all(
      wrong.map((rest) => platform.api('GET', `/workspaces/${id}/commits/${rest}`)),
    )
    expect(refused.map(({ status }) => status)).toEqual([404, 400])

    await platform.api('POST', `/workspaces/${id}/start`)
    await platform.until(id, 'running')
    using page = await openPage(platform, id)
    await page.save('note.txt', 'three\n')
    expect((await messages(id)).filter((message) => message === 'Save note.txt').length).toBe(3)

    const timeline = await platform.api('GET', `/workspaces/${id}/history?path=note.txt&limit=10`)
    const entries = timeline.body['entries'] as HistoryEntry[]
    expect(entries.map(({ kind, file }) => [kind, file?.size])).toEqual([
      ['save', 6],
      ['save', 4],
      ['commit', 4],
      ['save', 4],
    ])
    expect(entries[2]).toMatchObject({ message: 'Mine', session: null, paths: ['note.txt'] })
    const { body } = await platform.api('GET', `/workspaces/${id}/sessions`)
    expect(body).toMatchObject({ sessions: [{ current: true }, { current: false }], older: 0 })
    expect((body['sessions'] as SaveSession[]).map(({ stray }) => stray)).toEqual([false, false])
    const changes = await platform.api('GET', `/workspaces/${id}/commits/${entries[0]?.id}/changes`)
    expect(changes.body).toMatchObject({
      from: entries[0]?.parent,
      to: entries[0]?.id,
      files: [{ path: 'note.txt', status: 'modified', binary: false, tooLarge: false }],
      truncated: false,
    })
    const missing = `/workspaces/${id}/commits/${entries[0]?.id}/changes?from=${'1'.repeat(40)}`
    expect((await platform.api('GET', missing)).status).toBe(404)
    for (const wrong of ['limit=0', 'limit=101', 'path=../x', 'path=a//b', 'cursor=~', 'what=1'])
      expect((await platform.api('GET', `/workspaces/${id}/history?${wrong}`)).status).toBe(400)
    expect((await platform.api('GET', `/workspaces/nobodys/history`)).status).toBe(404)
  })
})
