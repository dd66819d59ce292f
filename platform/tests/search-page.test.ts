import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { takeShots } from './support/shots.ts'

describe.skipIf(!(await hasChromium()))('search in the page', () => {
  let platform: TestPlatform
  let browser: Browser
  let work: string
  let id: string
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform({ bare: true }), startBrowser()])
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    id = String(body['id'])
    await platform.until(id, 'running')
    work = join(platform.dataDir, 'run', id, 'work')
    await mkdir(join(work, 'src/parts'), { recursive: true })
    for (const name of ['alpha', 'beta', 'gamma'])
      await writeFile(join(work, `src/parts/${name}.ts`), `export const ${name}Color = 'tomato'\n`.repeat(3))
    await writeFile(join(work, 'src/notes.md'), 'Colors: tomato, Tomato, tomatoes\n')
    for (let index = 0; index < 400; index += 1)
      await writeFile(join(work, `src/data-${index}.txt`), `${'lorem ipsum dolor '.repeat(10)}\n`.repeat(300))
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const summary = (page: Page) => page.getByTestId('search-summary')
  const found = (page: Page) => page.getByRole('tree', { name: 'Matches' }).getByRole('treeitem')
  async function open(page: Page): Promise<void> {
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem', { name: 'index.html', exact: true }).click()
    await page.getByTestId('editor').getByText('doctype').first().waitFor()
    await page.keyboard.press('Control+Shift+F')
    await page.getByRole('textbox', { name: 'Search', exact: true }).waitFor()
    await page.locator('[data-side-focus]:focus').waitFor()
  }

  it('searches as one types, ends what is no longer wanted, and opens what was found', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    const frames: string[] = []
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => frames.push(String(payload)))
      socket.on('framereceived', ({ payload }) => frames.push(String(payload)))
    })
    await open(page)
    // A search with many matches is under way when the next key comes.
    await page.keyboard.type('o')
    await summary(page)
      .getByText(/^[\d,]+ matches in/)
      .waitFor()
    await page.keyboard.type(' zzz')
    await summary(page).getByText('Nothing was found.').waitFor()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('tomato', { delay: 30 })
    await summary(page).getByText('12 matches in 4 files').waitFor()
    const runs = frames.filter((frame) => frame.includes('"search.run"'))
    expect(runs.length).toBeLessThan(8)
    await takeShots(page, 'search')

    await page.getByRole('button', { name: 'Match case' }).click()
    await summary(page).getByText('11 matches in 4 files').waitFor()
    await page.getByRole('button', { name: 'Whole words' }).click()
    await summary(page).getByText('10 matches in 4 files').waitFor()
    await page.getByRole('button', { name: 'Which files' }).click()
    await page.getByRole('textbox', { name: 'Files to exclude' }).fill('*.md, gamma.ts')
    await summary(page).getByText('6 matches in 2 files').waitFor()
    await page.getByRole('textbox', { name: 'Files to include' }).fill('src/parts')
    await page.getByRole('textbox', { name: 'Files to exclude' }).fill('')
    await summary(page).getByText('9 matches in 3 files').waitFor()
    await page.getByRole('button', { name: 'Regular expression' }).click()
    await page.getByRole('textbox', { name: 'Search', exact: true }).fill('(tom')
    await page.getByText('That cannot be searched for: unclosed group.').waitFor()
    await takeShots(page, 'search-problem')
    await page.getByRole('textbox', { name: 'Search', exact: true }).fill('t.m(a)to')
    await summary(page).getByText('9 matches in 3 files').waitFor()

    await found(page).nth(5).click()
    await page.locator('[data-file="src/parts/beta.ts"][aria-selected=true]').waitFor()
    await page.getByText('Ln 1, Col 33 (6 selected)').waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('replaces in many files as one save, after it was shown, with what is typed in the editor', async () => {
    using other = await openPage(platform, id)
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'init', '-q')
    const { ref } = other.hello.saves
    /** Subjects of the saves, newest first, once the remote has the one that is waited for. */
    const saves = async (newest: RegExp): Promise<string[]> => {
      let subjects: string[] = []
      const look = async (): Promise<string> => {
        await stockGit(folder.path, 'fetch', '-q', await platform.gitUrl(id), ref)
        subjects = (await stockGit(folder.path, 'log', '--first-parent', '--format=%s', 'FETCH_HEAD')).split(
          '\n',
        )
        return subjects[0] ?? ''
      }
      await expect.poll(() => look().catch(() => '')).toMatch(newest)
      return subjects
    }
    await using tab = await openTab(browser)
    const { page } = tab
    await open(page)
    await page.getByRole('textbox', { name: 'Search', exact: true }).fill('tomato')
    await summary(page).getByText('12 matches in 4 files').waitFor()
    // A file that is open, with something typed that is not saved yet.
    await found(page).nth(1).click()
    await page.getByText(/\(6 selected\)/).waitFor()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type('// tomato soup\n')
    await saves(/Save src\/notes.md/)

    await page.getByRole('button', { name: 'Search and replace' }).click()
    await page.getByRole('textbox', { name: 'Replace with' }).fill('plum')
    await page.getByRole('button', { name: 'Search again' }).click()
    await summary(page).getByText('13 matches in 4 files').waitFor()
    await expect.poll(() => page.locator('ins').first().innerText()).toBe('plum')
    // One file is left out.
    const gamma = found(page).filter({ hasText: 'gamma.ts' })
    await gamma.hover()
    await gamma.getByRole('button', { name: 'Leave this file out' }).click()
    await summary(page).getByText('10 matches in 3 files').waitFor()
    await takeShots(page, 'replace')
    const before = (await saves(/./)).length
    await page.getByRole('button', { name: 'Replace all' }).click()
    await takeShots(page, 'replace-confirm')
    await page
      .getByRole('dialog')
      .or(page.getByRole('alertdialog'))
      .getByRole('button', { name: 'Replace all' })
      .click()
    await page.getByText('Replaced 10 matches in 3 files').waitFor()
    await summary(page).getByText('3 matches in 1 file').waitFor()
    expect(await readFile(join(work, 'src/parts/alpha.ts'), 'utf8')).toBe(
      "export const alphaColor = 'plum'\n".repeat(3),
    )
    expect(await readFile(join(work, 'src/notes.md'), 'utf8')).toBe(
      '// plum soup\nColors: plum, plum, plumes\n',
    )
    expect(await readFile(join(work, 'src/parts/gamma.ts'), 'utf8')).toContain('tomato')
    await page.getByTestId('editor').getByText('// plum soup').waitFor()
    const subjects = await saves(/Replace “tomato” with “plum”/)
    expect(subjects).toHaveLength(before + 1)
    expect(
      (await stockGit(folder.path, 'diff', '--name-only', 'FETCH_HEAD~', 'FETCH_HEAD')).split('\n'),
    ).toEqual(['src/notes.md', 'src/parts/alpha.ts', 'src/parts/beta.ts'])
    await page.locator('[data-testid=save-status][data-state=saved]').waitFor()
    expect(tab.complaints).toEqual([])
  })
})
