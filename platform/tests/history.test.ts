import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HistoryEntry, Save, SaveSession } from '../src/protocol.ts'
import { openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit } from './support/shell.ts'

const SHOTS = process.env['CODENEST_SHOTS']

let platform: TestPlatform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => platform?.[Symbol.asyncDispose]())

async function createWorkspace(): Promise<string> {
  const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
  const id = String(body['id'])
  await platform.until(id, 'running')
  return id
}

async function messages(id: string): Promise<string[]> {
  return savesOf(await platform.api('GET', `/workspaces/${id}/saves`)).map(({ message }) => message)
}

function savesOf({ body }: { body: Record<string, unknown> }): Save[] {
  return body['saves'] as Save[]
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
    const saves = savesOf(await platform.api('GET', `/workspaces/${id}/saves`))
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

describe.skipIf(!(await hasChromium()))('history in a real Chromium', { timeout: 120_000 }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(async () => browser?.close())

  it('compares the open file with a save, and restores it', async () => {
    const id = await createWorkspace()
    using runner = await openPage(platform, id)
    await runner.save('style.css', 'a { color: red }\n')
    await runner.save('style.css', 'a { color: blue }\n')
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(platform.launchUrl())
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem', { name: 'style.css' }).click()
    await page.getByTestId('editor').getByText('blue').waitFor()
    await page.getByRole('button', { name: 'History', exact: true }).click()
    const rows = page.getByTestId('save-row')
    await rows.nth(1).getByText('Save style.css').waitFor()
    await rows.nth(1).hover()
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'history.png') })
    await rows.nth(1).getByRole('button', { name: 'Compare style.css with now' }).click()
    await page.getByText('style.css (history)').waitFor()
    await page.locator('.monaco-diff-editor').getByText('red').first().waitFor()
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'compare.png') })
    await rows.nth(1).hover()
    await rows.nth(1).getByRole('button', { name: 'Restore style.css' }).click()
    await page.getByRole('button', { name: 'Restore', exact: true }).click()
    await page.getByText('Restored.').first().waitFor()
    const file = join(platform.dataDir, 'run', id, 'work', 'style.css')
    expect(await readFile(file, 'utf8')).toBe('a { color: red }\n')
    await rows.first().getByText('Restore style.css as of').waitFor()
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'restored.png') })
  })
})
