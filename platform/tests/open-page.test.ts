import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit } from './support/shell.ts'
import { takeShots } from './support/shots.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

describe.skipIf(!(await hasChromium()))('the page opens', () => {
  let platform: TestPlatform
  let browser: Browser
  /** A host of everybody's, and one that asks who one is. */
  let open: Upstream
  let shut: Upstream
  /** `http://127.0.0.1:1234/owner/project`, where the repository lies without its ending. */
  let project: string
  let feature: string

  beforeAll(async () => {
    ;[platform, browser, open, shut] = await Promise.all([
      startPlatform(),
      startBrowser(),
      startUpstream({ files: 5, at: 'owner/project.git' }),
      startUpstream({ files: 5, password: 'right' }),
    ])
    project = open.url.replace(/\.git$/, '')
    feature = await stockGit(open.repository, 'rev-parse', 'feature')
    await stockGit(open.repository, 'update-ref', 'refs/pull/12/head', feature)
    await stockGit(open.repository, 'update-ref', 'refs/merge-requests/7/head', feature)
    await stockGit(open.repository, 'update-ref', 'refs/heads/topic/deep', feature)
  })
  afterAll(async () => {
    await Promise.all([browser.close(), platform[Symbol.asyncDispose]()])
    await Promise.all([open[Symbol.asyncDispose](), shut[Symbol.asyncDispose]()])
  })

  async function paste(page: Page, link: string): Promise<void> {
    await page.goto(platform.origin)
    await page.getByLabel('Repository address').fill(link)
  }
  const branch = (page: Page): Promise<string | null> =>
    page.getByRole('contentinfo', { name: 'Status' }).textContent()

  it.each([
    ['GitHub', '/tree/topic/deep/src', '· owner/project · topic/deep/src', 'topic/deep'],
    ['GitHub', '/pull/12', '· owner/project · pull request 12', 'pull-12'],
    ['GitLab', '/-/blob/feature/feature.txt', '· owner/project · feature/feature.txt', 'feature'],
    ['GitLab', '/-/merge_requests/7', '· owner/project · merge request 7', 'merge-7'],
    ['Gitea', '/src/tag/v1.0', '· owner/project · tag v1.0', 'v1.0'],
    ['Gitea', '/src/commit/COMMIT', '· owner/project · commit', 'at-'],
    ['plain git', '.git', 'owner/project', 'trunk'],
  ])('a link of %s: %s', async (_, path, understood, expected) => {
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await paste(page, project + path.replace('COMMIT', feature))
    await expect.poll(() => page.getByTestId('understood').textContent()).toContain(understood)
    await page.getByRole('button', { name: 'Open repository' }).click()
    await page.waitForURL(/\/w\//)
    await expect.poll(() => branch(page)).toContain(expected)
    if (path.includes('/blob/')) await page.getByRole('tab', { name: 'feature.txt' }).waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('what is behind the #, once, and offers what is open already', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    const link = `${project}/tree/feature`
    await page.goto(`${platform.origin}/#${link}`)
    await page.waitForURL(/\/w\//)
    await expect.poll(() => branch(page)).toContain('feature')
    const { pathname } = new URL(page.url())
    await page.goto(`${platform.origin}/#${link}`)
    await page.reload()
    const offer = page.getByTestId('existing-workspace')
    await offer.waitFor()
    await takeShots(page, 'open-existing')
    await page.getByTestId('open-existing').click()
    await page.waitForURL((url) => url.pathname === pathname)
  })

  it('a private repository, with wrong and then right credentials', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await paste(page, shut.url)
    await page.getByRole('button', { name: 'Open repository' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.textContent()).toContain('is private, or does not exist')
    await dialog.getByLabel('Token').fill('wrong')
    await takeShots(page, 'introduce')
    await dialog.getByRole('button', { name: 'Open repository' }).click()
    await expect.poll(() => dialog.getByRole('alert').textContent()).toContain('does not let this user name')
    await dialog.getByLabel('Token').fill('right')
    await dialog.getByRole('button', { name: 'Open repository' }).click()
    await page.waitForURL(/\/w\//)
    await expect.poll(() => branch(page)).toContain('trunk')
    const [, , id = ''] = new URL(page.url()).pathname.split('/')
    const { source } = await platform.workspace(id)
    expect(JSON.stringify(source)).not.toContain('right')
  })

  it('and has a badge for a README, which anybody can see', async () => {
    await using tab = await openTab(browser, { colorScheme: 'light' })
    const { page } = tab
    await giveSession(page, platform)
    await paste(page, 'https://github.com/owner/repository/pull/12')
    await page.getByRole('button', { name: 'Badge for a README' }).click()
    const markdown = `[![Open in CodeNest](${platform.origin}/badge.svg)](${platform.origin}/#https://github.com/owner/repository/pull/12)`
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(markdown)
    await takeShots(page, 'badge')
    const response = await fetch(`${platform.address}/badge.svg`)
    expect(response.headers.get('content-type')).toContain('image/svg+xml')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  })
})
