import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveSession, openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { startGitHub } from './support/github/github.ts'
import type { TestGitHub } from './support/github/github.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit, temporaryFolder } from './support/shell.ts'
import { takeShots } from './support/shots.ts'
import { startUpstream } from './support/upstream.ts'

describe.skipIf(!(await hasChromium()))('in a real Chromium', { timeout: 400_000 }, () => {
  let gitHub: TestGitHub
  let platform: TestPlatform
  let browser: Browser
  beforeAll(async () => {
    gitHub = await startGitHub()
    ;[platform, browser] = await Promise.all([startPlatform({ bare: true, env: gitHub.env }), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
    await gitHub?.[Symbol.asyncDispose]()
  })

  it('an account is connected, a workspace published, and a pull request opened', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    const { body } = await platform.api('POST', '/workspaces', {
      name: 'shop',
      source: { template: 'static-site' },
    })
    const id = String(body['id'])
    await platform.until(id, 'running')
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('button', { name: /^Source control/ }).click()
    const section = page.getByRole('region', { name: new URL(gitHub.origin).host })
    await takeShots(page, 'code-host-connect')
    await section.getByRole('button', { name: /^Connect/ }).click()
    // At the host, and back to where one was.
    await page.getByRole('link', { name: 'Authorize' }).click()
    await page.waitForURL(`${platform.origin}/w/${id}`)

    await section.getByRole('button', { name: /^Publish to/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('my-shop')
    await takeShots(page, 'code-host-publish')
    await dialog.getByRole('button', { name: 'Publish' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await section.getByRole('link', { name: `${gitHub.login}/my-shop` }).waitFor()
    await section.getByText('Everything committed is pushed.').waitFor()

    // As somebody would in a terminal.
    const work = join(platform.dataDir, 'run', id, 'work')
    await stockGit(work, 'switch', '-q', '-c', 'feature/opening-hours')
    await writeFile(join(work, 'hours.html'), '<p>always</p>\n')
    await stockGit(work, 'add', '-A')
    await stockGit(work, 'commit', '-q', '-m', 'Say when the shop is open')
    await section.getByRole('button', { name: 'Push branch' }).click()
    await section.getByText('Everything committed is pushed.').waitFor()
    const pushed = await stockGit(
      gitHub.folderOf(`${gitHub.login}/my-shop`),
      'rev-parse',
      'feature/opening-hours',
    )
    expect(pushed).toBe(await stockGit(work, 'rev-parse', 'HEAD'))

    await section.getByRole('button', { name: /^Create pull request/ }).click()
    await expect.poll(() => dialog.getByLabel('Title').inputValue()).toBe('Say when the shop is open')
    await takeShots(page, 'code-host-pull-request')
    await dialog.getByRole('button', { name: 'Create pull request' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await section.getByRole('link', { name: 'Say when the shop is open' }).waitFor()
    await section.getByRole('button', { name: /^Checks: .*failed/ }).waitFor()
    await takeShots(page, 'code-host-checks')
    expect(gitHub.pullRequests).toMatchObject([{ title: 'Say when the shop is open', base: { ref: 'main' } }])

    // Revoked at the host: said, with the way out.
    gitHub.tokens.clear()
    await section.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('menuitem', { name: 'Look again' }).click()
    await section.getByRole('alert').getByText('was revoked').waitFor()
    await takeShots(page, 'code-host-revoked')
    await section.getByRole('button', { name: 'Connect again' }).click()
    await page.getByRole('link', { name: 'Authorize' }).click()
    await section.getByRole('link', { name: 'Say when the shop is open' }).waitFor()
  })

  it('own repositories are found and opened from the dashboard', async () => {
    await using folder = await temporaryFolder()
    await stockGit(folder.path, 'init', '-q', '-b', 'main', 'seed')
    const seed = join(folder.path, 'seed')
    await stockGit(seed, 'commit', '-q', '--allow-empty', '-m', 'Begin')
    for (let n = 0; n < 120; n += 1)
      await gitHub.addRepository(`octokit-fixture-org/of-many-${n}`, { isEmpty: true })
    await gitHub.addRepository(`${gitHub.login}/notes`, { private: true })
    await stockGit(seed, 'push', '-q', gitHub.folderOf(`${gitHub.login}/notes`), 'main')
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    await page.goto(platform.origin)
    await page.getByRole('button', { name: /^Your repositories/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('octokit-fixture-org/of-many-3', { exact: true }).waitFor()
    await takeShots(page, 'code-host-repositories')
    await dialog.getByLabel('Find a repository').fill('notes')
    await dialog.getByRole('button', { name: /notes/ }).waitFor()
    expect(await dialog.getByRole('listitem').filter({ hasText: 'of-many' }).count()).toBe(0)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/w\//)
    await page.getByRole('button', { name: 'Not trusted' }).waitFor()
    expect(tab.complaints).toEqual([])
  })

  it('variables are kept, replaced and removed, and a repository is trusted', async () => {
    await using upstream = await startUpstream()
    await using tab = await openTab(browser)
    const { page } = tab
    await giveSession(page, platform)
    const { body } = await platform.api('POST', '/workspaces', { source: { repository: upstream.url } })
    const id = String(body['id'])
    await platform.until(id, 'running')
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('button', { name: 'Variables and secrets' }).click()
    const dialog = page.getByRole('dialog')
    const name = dialog.getByLabel('Name of the variable')
    await name.fill('API_KEY')
    await dialog.getByLabel('Value of the variable').fill('of-the-page-1')
    await page.keyboard.press('Enter')
    await dialog.getByRole('listitem').filter({ hasText: 'API_KEY' }).waitFor()
    await name.fill('not a name')
    await dialog.getByLabel('Value of the variable').fill('x')
    await page.keyboard.press('Enter')
    await dialog.getByRole('alert').getByText('letters, digits and underscores').waitFor()
    await takeShots(page, 'environment')
    await dialog.getByRole('button', { name: 'Replace the value of API_KEY' }).click()
    await page.keyboard.type('of-the-page-2')
    await page.keyboard.press('Enter')
    await dialog.getByLabel('New value of API_KEY').waitFor({ state: 'hidden' })
    expect(await page.content()).not.toContain('of-the-page')
    await dialog.getByRole('button', { name: 'Trust this repository' }).click()
    await dialog.getByRole('button', { name: 'Trust this repository' }).waitFor({ state: 'hidden' })
    await dialog.getByRole('button', { name: 'All your workspaces' }).click()
    await dialog.getByText('There is none yet.').waitFor()
    await dialog.getByRole('button', { name: 'This workspace' }).click()
    await dialog.getByRole('button', { name: 'Remove API_KEY' }).click()
    await dialog.getByText('There is none yet.').waitFor()
    expect((await platform.api('GET', `/workspaces/${id}/environment`)).body).toEqual({ variables: [] })
    expect(tab.complaints).toEqual([])
  })
})
