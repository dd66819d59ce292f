import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HistoryEntry } from '../src/protocol.ts'
import { DiskObjectStore } from '../src/store/disk-object-store.ts'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { readZip } from './support/read-zip.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { takeShots } from './support/shots.ts'
import { addStraySession } from './support/stray-session.ts'

/** Room for two texts side by side. */
const WIDE = { viewport: { width: 1800, height: 1000 } }

describe.skipIf(!(await hasChromium()))('history in a real Chromium', () => {
  let platform: TestPlatform
  let browser: Browser
  let store: DiskObjectStore
  let folder: { path: string } & AsyncDisposable
  beforeAll(async () => {
    folder = await temporaryFolder()
    store = await DiskObjectStore.open(join(folder.path, 'store'))
    ;[platform, browser] = await Promise.all([startPlatform({ overrides: { store } }), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  async function createWorkspace(): Promise<string> {
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    const id = String(body['id'])
    await platform.until(id, 'running')
    // Commits know seconds: what is saved in the one that the workspace began in has no order to its first commit.
    const began = Math.floor(Date.now() / 1000)
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(began)
    return id
  }
  async function stop(id: string): Promise<void> {
    await platform.api('POST', `/workspaces/${id}/stop`)
    await platform.until(id, 'stopped')
  }
  async function saveEach(id: string, path: string, contents: string[]): Promise<void> {
    using runner = await openPage(platform, id)
    for (const content of contents) await runner.save(path, content)
  }
  const workOf = (id: string): string => join(platform.dataDir, 'run', id, 'work')
  const entries = (page: Page): Locator => page.getByTestId('entry')
  const row = (page: Page, n: number): Locator => entries(page).nth(n).locator('[data-row]')
  const diff = (page: Page): Locator => page.getByTestId('diff')
  async function choose(page: Page, n: number, action: string): Promise<void> {
    await entries(page).nth(n).hover()
    await entries(page)
      .nth(n)
      .getByRole('button', { name: /^Actions of/ })
      .click()
    await page.getByRole('menuitem', { name: action }).click()
  }
  async function open(page: Page, id: string, file: string): Promise<void> {
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem', { name: file }).dblclick()
    await page.getByTestId('editor').locator('.view-line').first().waitFor()
    await page.getByRole('button', { name: 'History', exact: true }).click()
    await row(page, 0).waitFor()
  }

  it('runs a slider through the saves of the open file by the arrow keys, and restores one', async () => {
    const id = await createWorkspace()
    await saveEach(id, 'style.css', [
      'a { top: 1px }\n',
      'a { top: 2px }\n',
      'a { top: 3px }\n',
      'a { top: 4px }\n',
    ])
    await using tab = await openTab(browser, WIDE)
    const { page } = tab
    await open(page, id, 'style.css')
    await page
      .getByRole('group', { name: 'Whose history' })
      .getByRole('button', { name: 'style.css' })
      .click()
    // Four saves, and the commit that the workspace began with.
    await expect.poll(() => entries(page).count()).toBe(5)
    await row(page, 0).click()
    const slider = page.getByTestId('history-slider')
    await slider.waitFor()
    expect(await slider.getAttribute('aria-valuetext')).toContain('Save style.css')
    await slider.focus()
    for (const shown of ['3px', '2px', '1px']) {
      await page.keyboard.press('ArrowLeft')
      await diff(page).locator('.editor.original').getByText(shown).waitFor()
    }
    await takeShots(page, 'slider')
    await page.keyboard.press('ArrowRight')
    await page.getByRole('button', { name: 'with the one before' }).click()
    await diff(page).locator('.editor.modified').getByText('2px').waitFor()
    expect(await diff(page).locator('[data-side=modified]').textContent()).toMatch(/^Save of/)
    // Held down, the last one wins.
    await slider.focus()
    for (let n = 0; n < 4; n += 1) await page.keyboard.press('ArrowLeft')
    for (let n = 0; n < 2; n += 1) await page.keyboard.press('ArrowRight')
    await diff(page).locator('.editor.modified').getByText('2px').waitFor()
    await diff(page).locator('.editor.original').getByText('1px').waitFor()

    await diff(page).getByRole('button', { name: 'Restore…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Nothing is lost').waitFor()
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await page.getByText('Restored style.css').waitFor()
    expect(await readFile(join(workOf(id), 'style.css'), 'utf8')).toBe('a { top: 2px }\n')
    await row(page, 0).getByText('Restore style.css as of').waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('shows what a save changed, compares two that were picked, and tells saves from commits', async () => {
    const id = await createWorkspace()
    await saveEach(id, 'new.txt', ['one\n'])
    await stockGit(workOf(id), 'add', '.')
    await stockGit(workOf(id), 'commit', '-qm', 'A commit of my own')
    await saveEach(id, 'style.css', ['b { left: 1px }\n'])
    await saveEach(id, 'new.txt', ['two\n'])
    await using tab = await openTab(browser, WIDE)
    const { page } = tab
    await open(page, id, 'style.css')
    const commit = page.locator('[data-testid=entry][data-kind=commit]', { hasText: 'A commit of my own' })
    await commit.getByText('Commit', { exact: true }).waitFor()
    await row(page, 0).focus()
    await page.keyboard.press('Enter')
    const files = page.getByRole('list', { name: 'Changed files' })
    await files.getByRole('button', { name: 'new.txt', exact: true }).click()
    await diff(page).locator('.editor.original').getByText('one').waitFor()
    await diff(page).locator('.editor.modified').getByText('two').waitFor()
    await row(page, 0).click()
    // By the keyboard from row to row.
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Home')
    expect(await row(page, 0).evaluate((element) => element.matches(':focus'))).toBe(true)

    await choose(page, 0, 'Pick for a comparison')
    await page.getByText(/^Picked: Save of/).waitFor()
    await commit.hover()
    await commit.getByRole('button', { name: /^Actions of/ }).click()
    await page.getByRole('menuitem', { name: 'Compare with the picked one' }).click()
    const comparison = page.getByRole('region', { name: 'Comparison' })
    await comparison.getByRole('button', { name: 'style.css', exact: true }).waitFor()
    await comparison.getByRole('button', { name: 'new.txt', exact: true }).waitFor()
    await takeShots(page, 'comparison')
    expect(tab.complaints).toEqual([])
  })

  it('loads older saves as one scrolls', async () => {
    const id = await createWorkspace()
    await saveEach(
      id,
      'n.txt',
      Array.from({ length: 70 }, (_, n) => `${n}\n`),
    )
    await using tab = await openTab(browser, WIDE)
    const { page } = tab
    await open(page, id, 'n.txt')
    expect(await entries(page).count()).toBeLessThanOrEqual(50)
    await row(page, 0).focus()
    await expect
      .poll(
        async () => {
          await page.keyboard.press('End')
          return page.getByText('The beginning').isVisible()
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    expect(await entries(page).count()).toBeGreaterThan(70)
  })

  it('offers what another session saved: compare, merge', async () => {
    const id = await createWorkspace()
    await saveEach(id, 'style.css', ['mine\n'])
    const tip = await addStraySession(platform, store, id, {
      path: 'theirs.txt',
      content: 'from elsewhere\n',
    })
    await using tab = await openTab(browser, WIDE)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByText('Another session of this workspace saved once').waitFor()
    await page.getByRole('button', { name: 'Look', exact: true }).click()
    const notice = page.getByTestId('stray-session')
    await notice.getByRole('button', { name: 'Compare' }).click()
    const comparison = page.getByRole('region', { name: 'Comparison' })
    await comparison.getByRole('button', { name: 'theirs.txt', exact: true }).click()
    await diff(page).getByText('from elsewhere').waitFor()
    await takeShots(page, 'stray')
    await notice.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('Merged the other saves').waitFor()
    await notice.waitFor({ state: 'detached' })
    expect(await readFile(join(workOf(id), 'theirs.txt'), 'utf8')).toBe('from elsewhere\n')
    expect(await readFile(join(workOf(id), 'style.css'), 'utf8')).toBe('mine\n')
    const { body } = await platform.api('GET', `/workspaces/${id}/sessions`)
    expect(body['sessions']).toEqual(expect.arrayContaining([expect.objectContaining({ tip, stray: false })]))
    expect(tab.complaints).toEqual([])
  })

  it('is all there while the workspace is stopped: diffs, restore, fork, zip', async () => {
    const id = await createWorkspace()
    await saveEach(id, 'style.css', ['c { top: 1px }\n', 'c { top: 2px }\n'])
    await stop(id)
    await using tab = await openTab(browser, WIDE)
    const { page } = tab
    await page.goto(platform.launchUrl())
    await page
      .locator(`[data-workspace=${id}]`)
      .getByRole('button', { name: /^Actions of/ })
      .click()
    await page.getByRole('menuitem', { name: 'History' }).click()
    await page.waitForURL(`${platform.origin}/w/${id}/history`)
    await row(page, 1).click()
    await page
      .getByRole('list', { name: 'Changed files' })
      .getByRole('button', { name: 'style.css', exact: true })
      .click()
    await diff(page).locator('.editor.modified').getByText('1px').waitFor()
    await page
      .getByRole('group', { name: 'Whose history' })
      .getByRole('button', { name: 'style.css' })
      .click()
    await page.waitForURL(/path=style\.css/)
    await page.locator('[data-testid=entry][data-kind=save]').nth(1).locator('[data-row]').click()
    await page.getByTestId('history-slider').waitFor()
    await diff(page).locator('.editor.modified').getByText('2px').waitFor()
    await takeShots(page, 'history-page')

    const [download] = await Promise.all([page.waitForEvent('download'), choose(page, 1, 'Download as zip')])
    const zip = readZip(await readFile(await download.path()))
    expect([...zip].find(([name]) => name.endsWith('style.css'))?.[1].content.toString()).toBe(
      'c { top: 1px }\n',
    )

    await choose(page, 1, 'Restore style.css…')
    await page.getByRole('dialog').getByText('Nothing is lost').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
    await page.getByText('Restored style.css').waitFor()
    await expect.poll(() => entries(page).count()).toBe(4)
    const { body } = await platform.api('GET', `/workspaces/${id}/history?path=style.css&limit=1`)
    expect((body['entries'] as HistoryEntry[])[0]?.file?.size).toBe('c { top: 1px }\n'.length)

    await choose(page, 1, 'Fork the workspace here…')
    await page.getByRole('textbox', { name: 'Name' }).fill('two-pixels')
    await page.getByRole('button', { name: 'Fork', exact: true }).click()
    await page.waitForURL(`${platform.origin}/w/two-pixels`)
    await page.getByRole('treeitem', { name: 'style.css' }).dblclick()
    await page.getByTestId('editor').getByText('2px').waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('restores from the page of a stopped workspace, too, and shows the history of a folder', async () => {
    const id = await createWorkspace()
    await saveEach(id, 'src/a.txt', ['one\n', 'two\n'])
    await using tab = await openTab(browser, WIDE)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem', { name: 'src' }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'History' }).click()
    await expect.poll(() => entries(page).count()).toBe(2)
    await row(page, 0).click()
    await page.getByRole('list', { name: 'Changed files' }).getByText('a.txt').waitFor()
    await stop(id)
    await page.getByText('is stopped').waitFor()
    await choose(page, 1, 'Restore src…')
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click()
    await page.getByText('Restored src').waitFor()
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await platform.until(id, 'running')
    expect(await readFile(join(workOf(id), 'src/a.txt'), 'utf8')).toBe('one\n')
    expect(tab.complaints).toEqual([])
  })

  it('says that a running workspace is restored where it runs', async () => {
    const id = await createWorkspace()
    await using tab = await openTab(browser, WIDE)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}/history`)
    await page.getByText('It is running: open it to restore something').waitFor()
    await page.goto(`${platform.origin}/w/nobody/history`)
    await page.getByText('There is no workspace of this name.').waitFor()
    expect(await page.getByRole('link', { name: 'Go to your workspaces' }).isVisible()).toBe(true)
  })
})
