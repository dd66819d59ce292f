import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFile, writeFile } from 'node:fs/promises'
import { openTab, startBrowser } from './support/browser.ts'
import { hasChromium } from './support/found.ts'
import { startPlatform } from './support/platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { stockGit } from './support/shell.ts'

const SHOTS = process.env['CODENEST_SHOTS']

describe.skipIf(!(await hasChromium()))('source control in a real Chromium', { timeout: 120_000 }, () => {
  let platform: TestPlatform
  let browser: Browser
  beforeAll(async () => {
    ;[platform, browser] = await Promise.all([startPlatform(), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  it('stages one hunk, commits it, and git log has it', async () => {
    const { body } = await platform.api('POST', '/workspaces', { source: { template: 'static-site' } })
    const id = String(body['id'])
    await platform.until(id, 'running')
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(platform.launchUrl())
    await page.goto(`${platform.origin}/w/${id}`)
    await page.getByRole('treeitem').first().waitFor()
    const work = join(platform.dataDir, 'run', id, 'work')
    const before = await readFile(join(work, 'style.css'), 'utf8')
    const filler = Array.from({ length: 12 }, (_, n) => `/* ${n} */\n`).join('')

    // Two places, far enough apart to be two hunks.
    await writeFile(join(work, 'style.css'), before + filler)
    await page.getByRole('button', { name: 'Source control', exact: true }).click()
    await page.getByRole('button', { name: 'Commit all' }).click()
    await page.getByText('No changes since the last commit.').waitFor()
    expect(await stockGit(work, 'log', '-1', '--format=%s')).toBe('Update style.css')
    await writeFile(join(work, 'style.css'), `/* top */\n${before}${filler}/* bottom */\n`)
    await page.getByRole('button', { name: 'Parts of style.css' }).click()
    const hunks = page.getByRole('article')
    await hunks.nth(1).getByRole('button', { name: 'Stage' }).waitFor()
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'hunks.png') })
    await hunks.nth(1).getByRole('button', { name: 'Stage' }).click()
    await page
      .getByRole('region', { name: 'Staged' })
      .getByRole('button', { name: 'style.css' })
      .first()
      .waitFor()
    expect(await stockGit(work, 'diff', '--cached', '--numstat')).toBe('1\t0\tstyle.css')
    // The file stays unfolded, with what is left of it.
    await page.getByText('/* bottom */').waitFor({ state: 'detached' })
    expect(await hunks.count()).toBe(1)
    await page.getByRole('textbox', { name: 'Commit message' }).fill('Only the bottom')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'staged.png') })
    await page.keyboard.press('Control+Enter')
    await page.getByRole('region', { name: 'Staged' }).waitFor({ state: 'detached' })
    expect(await stockGit(work, 'log', '-1', '--format=%s')).toBe('Only the bottom')
    expect(await stockGit(work, 'diff', '--numstat')).toBe('1\t0\tstyle.css')

    // A branch from the status bar; git's files follow.
    await page.getByRole('contentinfo').getByRole('button', { name: 'main' }).click()
    await page.getByRole('textbox', { name: 'Find or name a branch' }).fill('feature')
    if (SHOTS) await page.screenshot({ path: join(SHOTS, 'branches.png') })
    await page.keyboard.press('Enter')
    await page.getByRole('contentinfo').getByRole('button', { name: 'feature' }).waitFor()
    expect(await stockGit(work, 'branch', '--show-current')).toBe('feature')

    // What cannot be done is said with the way out.
    await page.getByRole('button', { name: /^Push/ }).click()
    await page.getByRole('alert').getByText('no upstream').waitFor()
    if (SHOTS) {
      await page.screenshot({ path: join(SHOTS, 'trouble.png') })
      await page.emulateMedia({ colorScheme: 'light' })
      await page.screenshot({ path: join(SHOTS, 'light.png') })
    }
    expect(tab.complaints).toEqual([])
  })
})
