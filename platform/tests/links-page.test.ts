import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { openPage } from './support/page.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { takeShots } from './support/shots.ts'

const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="teal"/></svg>`

describe.skipIf(!(await hasChromium()))('forks and links in a real Chromium', () => {
  let platform: TestPlatform
  let browser: Browser
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform(), startBrowser()])
    await platform.api('POST', '/workspaces', { name: 'shown', source: { template: 'static-site' } })
    await platform.until('shown', 'running')
    using runner = await openPage(platform, 'shown')
    await runner.save('src/deep/note.md', '# First\n')
    await runner.save('src/deep/note.md', '# Second\n')
    await runner.save('src/picture.svg', PICTURE)
    await platform.api('POST', '/workspaces/shown/stop')
    await platform.until('shown', 'stopped')
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  async function choose(page: Page, action: string): Promise<void> {
    await page
      .locator('[data-workspace=shown]')
      .getByRole('button', { name: /^Actions of/ })
      .click()
    await page.getByRole('menuitem', { name: action }).click()
  }

  it('shares a stopped workspace with who is not signed in, until the link is revoked', async () => {
    await using own = await openTab(browser)
    await giveSession(own.page, platform)
    await own.page.goto(platform.origin)
    await choose(own.page, 'Share…')
    const dialog = own.page.getByRole('dialog')
    await dialog.getByText('There is no link yet').waitFor()
    await dialog.getByLabel('Show the history, too').check()
    await dialog.getByRole('button', { name: 'Create link' }).click()
    const url = await dialog.getByLabel('Address of the link').inputValue()
    await takeShots(own.page, 'share-dialog')

    await using guest = await openTab(browser)
    const { page } = guest
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(url)
    await page.getByRole('heading', { name: 'shown' }).waitFor()
    // It begins with the README, in an editor in which nothing can be typed.
    await page.locator('[data-testid=shared-file][data-path="README.md"] .view-line').first().waitFor()
    await takeShots(page, 'shared')
    expect(await page.getByRole('button', { name: 'Fork' }).count()).toBe(0)
    await page.locator('[data-path="src"]').click()
    await page.locator('[data-path="src/deep"]').click()
    await page.locator('button[data-path="src/deep/note.md"]').click()
    await page.locator('.view-line').getByText('Second').waitFor()
    await page.locator('.monaco-editor').first().click()
    await page.keyboard.type('changed')
    expect(await page.locator('.view-lines').textContent()).not.toContain('changed')
    await page.locator('button[data-path="src/picture.svg"]').click()
    await expect
      .poll(() => page.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBe(40)

    await page.locator('button[data-path="src/deep/note.md"]').click()
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByTestId('shared-entry').filter({ hasText: 'note.md' }).last().click()
    await page.locator('.view-line').getByText('First').waitFor()
    await takeShots(page, 'shared-history')
    await page.getByRole('button', { name: 'Show the newest' }).click()
    await page.locator('.view-line').getByText('Second').waitFor()
    // The file is a part of the address, so that one can be pointed at it.
    await page.reload()
    await page.locator('.view-line').getByText('Second').waitFor()
    expect((await platform.workspace('shown')).state).toBe('stopped')
    // Of the API it asks for nothing but what is shared.
    const calls = asked.filter((each) => each.includes('/api/')).map((each) => new URL(each).pathname)
    expect(calls.filter((path) => !path.startsWith('/api/v1/shared/'))).toEqual([])
    expect(guest.complaints).toEqual([])

    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await dialog.getByText('There is no link yet').waitFor()
    await page.locator('button[data-path="index.html"]').click()
    await page.getByTestId('shared-over').getByText('was revoked').waitFor()
    await takeShots(page, 'shared-over')
    const again = await page.goto(url)
    expect(again?.status()).toBe(410)
    await page.getByTestId('shared-over').getByText('was revoked').waitFor()
    expect(own.complaints).toEqual([])
  })

  it('forks from the dashboard in one step, and by a link who is signed in', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(platform.origin)
    await page.locator('[data-workspace=shown]').waitFor()
    await takeShots(page, 'dashboard-menu')
    await choose(page, 'Fork')
    await page.waitForURL(`${platform.origin}/w/shown-fork`)
    await page.getByRole('treeitem', { name: 'src' }).waitFor()

    const { body } = await platform.api('POST', '/workspaces/shown/links', { minutes: 5 })
    await page.goto(String(body['url']))
    await page.getByRole('button', { name: 'Fork' }).click()
    await page.waitForURL(`${platform.origin}/w/shown-fork-2`)
    await page.getByRole('treeitem', { name: 'src' }).waitFor()
    expect(tab.complaints).toEqual([])
  })
})
