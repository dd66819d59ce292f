import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'

describe.skipIf(!(await hasChromium()))('a file that changes on disk', () => {
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
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  /** The page with one new file open. */
  async function open(page: Page, name: string): Promise<string> {
    await writeFile(join(work, name), 'first line\n')
    await giveSession(page, platform)
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem', { name }).dblclick()
    await page.getByTestId('editor').getByText('first line').waitFor()
    return join(work, name)
  }
  const editor = (page: Page) => page.getByTestId('editor')
  const notice = (page: Page) => page.getByTestId('editor-notice')
  const saved = (page: Page) => page.locator('[data-testid=save-status][data-state=saved]').waitFor()
  async function type(page: Page, text: string): Promise<void> {
    await editor(page).locator('.view-lines').click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type(text)
  }

  /** What is typed is saved soon: on a slow machine that may come first, and then there is nothing to ask. */
  async function makeConflict(page: Page, file: string): Promise<void> {
    const asked = notice(page).getByText('was changed on disk while you edited it')
    for (let told = false; !told;) {
      await editor(page).getByText('first line', { exact: true }).waitFor()
      await type(page, 'mine ')
      await writeFile(file, 'from the terminal\n')
      await asked
        .or(editor(page).getByText('from the terminal', { exact: true }))
        .first()
        .waitFor()
      told = await asked.isVisible()
      if (!told) await writeFile(file, 'first line\n')
    }
  }

  it('is read again while nothing is typed in it', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    const file = await open(page, 'clean.txt')
    await writeFile(file, 'from the terminal\n')
    await editor(page).getByText('from the terminal').waitFor()
    expect(await notice(page).count()).toBe(0)
    await saved(page)
    expect(tab.complaints).toEqual([])
  })

  it.each([
    ['Keep mine', 'mine first line\n'],
    ['Take theirs', 'from the terminal\n'],
  ])('is a conflict while something is typed: compare, then %s', async (choice, expected) => {
    await using tab = await openTab(browser)
    const { page } = tab
    const name = `${choice.replace(' ', '-')}.txt`
    const file = await open(page, name)
    await makeConflict(page, file)
    expect(await page.getByTestId('save-status').textContent()).toContain('changed on disk')
    await takeShots(page, 'conflict-bar')
    await notice(page).getByRole('button', { name: 'Compare' }).click()
    const diff = page.getByTestId('diff')
    await diff.getByText('from the terminal').first().waitFor()
    await diff.getByText('mine first line').first().waitFor()
    await page
      .getByRole('tab', { name, exact: true })
      .or(page.locator(`[data-file="${name}"]`))
      .first()
      .click()
    await notice(page).getByRole('button', { name: choice }).click()
    await notice(page).waitFor({ state: 'detached' })
    await saved(page)
    expect(await readFile(file, 'utf8')).toBe(expected)
    await editor(page).getByText(expected.trim()).waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('is not made again unasked when it was deleted', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    const file = await open(page, 'gone.txt')
    await rm(file)
    await notice(page).getByText('was deleted on disk').waitFor()
    await notice(page).getByRole('button', { name: 'Put it back' }).click()
    await notice(page).waitFor({ state: 'detached' })
    expect(await readFile(file, 'utf8')).toBe('first line\n')
    await saved(page)
    await type(page, 'mine ')
    await rm(file)
    await notice(page).getByText('was deleted on disk while you edited it').waitFor()
    await takeShots(page, 'deleted-bar')
    await notice(page).getByRole('button', { name: 'Give up my edits' }).click()
    await page.locator('[data-file="gone.txt"]').waitFor({ state: 'detached' })
    await expect(access(file)).rejects.toThrow('ENOENT')
    expect(tab.complaints).toEqual([])
  })

  it('goes on under its new name, with what is typed, when it or its folder is renamed', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    const file = await open(page, 'old.txt')
    await type(page, 'mine ')
    await rename(file, join(work, 'new.txt'))
    await page.locator('[data-file="new.txt"]').waitFor()
    await saved(page)
    expect(await readFile(join(work, 'new.txt'), 'utf8')).toBe('mine first line\n')
    await expect(access(file)).rejects.toThrow('ENOENT')

    await mkdir(join(work, 'one'))
    await rename(join(work, 'new.txt'), join(work, 'one', 'new.txt'))
    await page.locator('[data-file="one/new.txt"]').waitFor()
    await rename(join(work, 'one'), join(work, 'two'))
    await page.locator('[data-file="two/new.txt"]').waitFor()
    expect(await notice(page).count()).toBe(0)
    await editor(page).getByText('mine first line').waitFor()
    expect(tab.complaints).toEqual([])
  })
})
